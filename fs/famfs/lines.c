// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: the cache lines that this host has of a device.
 *
 * A page that is bad is never touched.
 */
#include <linux/dax.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include "device.h"
#include "lines.h"

/* What is done to memory that a driver has in one piece. */
typedef void (*lines_action)(struct dax_device *dax_dev, void *addr, size_t size);

static void drop_lines(struct dax_device *dax_dev, void *addr, size_t size)
{
	famfs_drop_lines(addr, size);
}

/*
 * Act on memory from its first byte on, as far as the driver has it in one piece;
 * bytes, or an errno.  It may refuse all for the sake of the last page.
 */
static s64 act_on_piece(const struct famfs_device *device, u64 addr, u64 length,
			lines_action act)
{
	pgoff_t pgoff = PHYS_PFN(device->start + addr);
	u64 lead = offset_in_page(addr);
	long nr = PFN_UP(lead + length);
	void *kaddr;
	long found;
	int id;

	id = famfs_access_lock(device->set);
	for (;; nr /= 2) {
		found = famfs_access_driver(device, pgoff, nr, DAX_ACCESS,
					    &kaddr, NULL);
		if (found > 0 || nr == 1)
			break;
	}
	if (found > 0) {
		length = min_t(u64, length, PFN_PHYS(found) - lead);
		act(device->dax_dev, kaddr + lead, length);
	}
	famfs_access_unlock(device->set, id);
	return found > 0 ? length : found;
}

/* Bad pages are passed over. */
static void act_on_lines(struct famfs_device *device, u64 addr, u64 length,
			 lines_action act)
{
	u64 end = addr + length;
	s64 good, done;

	for (; addr < end; addr += done) {
		done = 0;
		good = famfs_poison_limit(device, addr, end - addr,
					  IOMAP_FAULT);
		if (good > 0)
			done = act_on_piece(device, addr, good, act);
		if (done <= 0)
			done = PAGE_SIZE - offset_in_page(addr);
		cond_resched();
	}
}

/**
 * famfs_device_flush() - write dirty cache lines of a device back
 * @device: the device
 * @addr: first byte, a multiple of the page size
 * @length: bytes, a multiple of the page size
 *
 * Bad pages are passed over.  Does not wait for the last line: pmem_wmb() does.
 *
 * Context: May sleep.
 */
void famfs_device_flush(struct famfs_device *device, u64 addr, u64 length)
{
	act_on_lines(device, addr, length, dax_flush);
}

/**
 * famfs_device_drop() - drop what this host's caches hold of a device
 * @device: the device
 * @addr: first byte
 * @length: bytes
 *
 * The next access to a line goes to the memory.  A line that this host has stored to
 * is written back.  Bad pages are passed over.
 *
 * Context: May sleep.
 * Return: 0, or -EOPNOTSUPP if this kernel cannot for its architecture.
 */
int famfs_device_drop(struct famfs_device *device, u64 addr, u64 length)
{
	if (!FAMFS_CAN_DROP_LINES)
		return -EOPNOTSUPP;
	act_on_lines(device, addr, length, drop_lines);
	return 0;
}
