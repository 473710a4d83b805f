// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: looking up where a part of a file lives.
 *
 * A map never changes once the file has it, so there is nothing to lock.
 */
#include <linux/fs.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include "file.h"
#include "trace.h"

/**
 * famfs_check_usable() - look whether a file can be used
 * @inode: a regular file
 *
 * Context: Any.
 * Return: 0, or -EIO before it has a map, and once a device is gone.
 */
int famfs_check_usable(struct inode *inode)
{
	if (!famfs_inode_map(inode) ||
	    READ_ONCE(famfs_devices(inode->i_sb)->gone))
		return -EIO;
	return 0;
}

/**
 * famfs_resolve() - tell where a part of a file lives
 * @inode: a regular file
 * @pos: first byte
 * @length: bytes wanted, at least 1
 * @range: as famfs_map_resolve() fills it in
 *
 * Context: Any.
 * Return: 0, -EIO if the file cannot be used, or an error of
 * famfs_map_resolve().
 */
int famfs_resolve(struct inode *inode, loff_t pos, loff_t length,
		  struct famfs_range *range)
{
	int err;

	err = famfs_check_usable(inode);
	if (err)
		return err;
	err = famfs_map_resolve(famfs_inode_map(inode), pos, length, range);
	trace_famfs_resolve(inode, pos, length, range, err);
	return err;
}

/**
 * famfs_fill_iomap() - tell where a part of a file lives, in iomap's terms
 * @inode: a regular file
 * @pos: first byte
 * @length: bytes wanted, at least 1
 * @iomap: but for its dax device, filled in
 * @range: as famfs_map_resolve() fills it in
 *
 * Context: Any.
 * Return: as famfs_resolve().
 */
int famfs_fill_iomap(struct inode *inode, loff_t pos, loff_t length,
		     struct iomap *iomap, struct famfs_range *range)
{
	int err;

	err = famfs_resolve(inode, pos, length, range);
	if (err)
		return err;
	iomap->type = IOMAP_MAPPED;
	iomap->offset = pos;
	iomap->addr = range->addr;
	/*
	 * Only the last segment may end inside a page, and the rest of its
	 * allocation unit is nobody else's: a fault gets the whole page.
	 */
	iomap->length = round_up(pos + range->length, PAGE_SIZE) - pos;
	return 0;
}

/* As reads see it, but a report of nothing is no error. */
static int famfs_report_begin(struct inode *inode, loff_t pos, loff_t length,
			      unsigned int flags, struct iomap *iomap,
			      struct iomap *srcmap)
{
	const struct famfs_map *map = famfs_inode_map(inode);
	struct famfs_range range = {};
	int err;

	if (!map || pos >= map->length)
		return -ENOENT;
	err = famfs_fill_iomap(inode, pos, length, iomap, &range);
	if (err)
		return err;
	iomap->addr |= (u64)range.dev << FAMFS_FIEMAP_DEVICE_SHIFT;
	return 0;
}

static const struct iomap_ops famfs_report_ops = {
	.iomap_begin = famfs_report_begin,
};

/**
 * famfs_fiemap() - inode_operations.fiemap
 * @inode: a regular file
 * @fieinfo: what user space asks for
 * @start: first byte
 * @length: bytes
 *
 * The physical offset of an extent is its offset on the memory device, with the
 * device's index from bit FAMFS_FIEMAP_DEVICE_SHIFT on.
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int famfs_fiemap(struct inode *inode, struct fiemap_extent_info *fieinfo,
		 u64 start, u64 length)
{
	return iomap_fiemap(inode, fieinfo, start, length, &famfs_report_ops);
}
