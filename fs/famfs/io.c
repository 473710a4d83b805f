// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: read and write.
 *
 * Data goes straight between the caller and the memory.  A map never changes, so there
 * is nothing to lock for finding it.  Writes that overlap are done one after the
 * other, each as a whole, and all others at once.  Reads wait for nobody: they may find
 * a part of a write that is under way, as they may on file systems with a page cache.
 */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/iomap.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include "access.h"

/* As many files as are likely to be written to at once on a large machine. */
#define WRITERS_BITS 6

/**
 * struct writer - a write under way, or waiting
 * @list: in the list of its bucket, behind those that came before
 * @inode: the file
 * @start: first byte
 * @end: last byte (inclusive)
 */
struct writer {
	struct list_head list;
	const struct inode *inode;
	loff_t start;
	loff_t end;
};

/**
 * struct writers - writes to the files of a bucket
 * @lock: protects the list
 * @list: the writes
 * @done: woken when one is done
 */
struct writers {
	spinlock_t lock;	/* of the list */
	struct list_head list;
	wait_queue_head_t done;
} ____cacheline_aligned_in_smp;

static struct writers all_writers[1 << WRITERS_BITS];

/**
 * famfs_io_init() - get ready for writes
 */
void famfs_io_init(void)
{
	struct writers *writers;

	for (writers = all_writers;
	     writers < all_writers + ARRAY_SIZE(all_writers); writers++) {
		spin_lock_init(&writers->lock);
		INIT_LIST_HEAD(&writers->list);
		init_waitqueue_head(&writers->done);
	}
}

static struct writers *writers_of(const struct inode *inode)
{
	return &all_writers[hash_ptr(inode, WRITERS_BITS)];
}

/* Did one that overlaps come before?  Under the bucket's lock. */
static bool comes_later(const struct writers *writers, const struct writer *writer)
{
	const struct writer *other;

	list_for_each_entry(other, &writers->list, list) {
		if (other == writer)
			return false;
		if (other->inode == writer->inode &&
		    other->start <= writer->end && writer->start <= other->end)
			return true;
	}
	return false;
}

static bool may_write(struct writers *writers, const struct writer *writer)
{
	bool may;

	spin_lock(&writers->lock);
	may = !comes_later(writers, writer);
	spin_unlock(&writers->lock);
	return may;
}

static void end_write(struct writers *writers, struct writer *writer)
{
	scoped_guard(spinlock, &writers->lock)
		list_del(&writer->list);
	if (wq_has_sleeper(&writers->done))
		wake_up_all(&writers->done);
}

/* Wait until all that came before and overlap are done. */
static int begin_write(struct writers *writers, struct writer *writer,
		       bool nowait)
{
	bool waits;
	int err;

	scoped_guard(spinlock, &writers->lock) {
		list_add_tail(&writer->list, &writers->list);
		waits = comes_later(writers, writer);
	}
	if (likely(!waits))
		return 0;
	err = nowait ? -EAGAIN :
	      wait_event_killable(writers->done, may_write(writers, writer));
	if (err)
		end_write(writers, writer);
	return err;
}

/**
 * struct piece - memory in one piece
 * @device: the device
 * @addr: first byte on the device
 * @length: bytes
 * @kaddr: where the kernel has it
 * @recover: the driver knows that it is bad; it becomes good by being written to
 * @heals: famfs does, and it is one page
 */
struct piece {
	struct famfs_device *device;
	u64 addr;
	u64 length;
	void *kaddr;
	bool recover;
	bool heals;
};

/* Ask the driver for pages.  It may refuse all of them because of the last one. */
static long ask_pages(struct piece *piece, pgoff_t pgoff, long nr, bool write)
{
	const struct famfs_device *device = piece->device;
	long found;

	for (;; nr /= 2) {
		found = famfs_access_driver(device, pgoff, nr, DAX_ACCESS,
					    &piece->kaddr, NULL);
		if (found == -EHWPOISON && write) {
			found = famfs_access_driver(device, pgoff, nr,
						    DAX_RECOVERY_WRITE,
						    &piece->kaddr, NULL);
			piece->recover = found > 0;
		}
		if (found > 0 || nr == 1 || !device->split)
			return found;
	}
}

/* Find out how much of a piece is there, and good. */
static int ask_driver(struct piece *piece, bool write)
{
	u64 addr = piece->device->start + piece->addr;
	unsigned int within = offset_in_page(addr);
	long found;
	s64 good;

	good = famfs_poison_limit(piece->device, piece->addr, piece->length, 0);
	if (good < 0 && write) {
		good = famfs_poison_limit(piece->device, piece->addr,
					  piece->length, IOMAP_WRITE);
		piece->heals = true;
	}
	if (good < 0)
		return good;
	found = ask_pages(piece, PHYS_PFN(addr), PFN_UP(within + good), write);
	if (found <= 0)
		return -EIO;
	piece->kaddr += within;
	piece->length = min_t(u64, good, PFN_PHYS(found) - within);
	return 0;
}

/* Under famfs_access_lock(), which keeps what is there from going away. */
static int find_piece(struct inode *inode, loff_t pos, size_t length, bool write,
		      struct piece *piece)
{
	struct famfs_range range = {};
	unsigned long first;
	int err;

	/* A process that is killed does not copy all of a large file first. */
	err = famfs_resolve(inode, pos, min_t(u64, length, FAMFS_ALLOC_UNIT),
			    &range);
	if (err)
		return err;
	piece->device = &famfs_devices(inode->i_sb)->device[range.dev];
	piece->addr = range.addr;
	piece->length = range.length;
	piece->recover = false;
	piece->heals = false;
	first = READ_ONCE(piece->device->first);
	if (unlikely(!first))
		return ask_driver(piece, write);
	if (unlikely(READ_ONCE(piece->device->lost)))
		return -EIO;
	piece->kaddr = page_address(pfn_to_page(first)) + range.addr;
	return 0;
}

/* A write leaves no dirty lines in the caches, and a read survives bad memory. */
static size_t copy_piece(const struct piece *piece, struct iov_iter *iter)
{
	struct famfs_device *device = piece->device;
	size_t done;

	if (iov_iter_rw(iter) == READ)
		return _copy_mc_to_iter(piece->kaddr, piece->length, iter);
	if (unlikely(piece->recover))
		done = dax_recovery_write(device->dax_dev,
					  PHYS_PFN(device->start + piece->addr),
					  piece->kaddr, piece->length, iter);
	else
		done = _copy_from_iter_flushcache(piece->kaddr, piece->length,
						  iter);
	/* Not what failed after it was copied, while the source was waited for. */
	if (done && piece->heals)
		famfs_poison_written(device, piece->addr, done);
	return done;
}

static int copy_next(struct kiocb *iocb, struct iov_iter *iter)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	struct famfs_device_set *set = famfs_devices(inode->i_sb);
	bool write = iov_iter_rw(iter) == WRITE;
	struct piece piece;
	size_t done;
	int id, err;

	if (fatal_signal_pending(current))
		return -EINTR;
	id = famfs_access_lock(set);
	err = find_piece(inode, iocb->ki_pos, iov_iter_count(iter), write,
			 &piece);
	if (!err) {
		done = copy_piece(&piece, iter);
		iocb->ki_pos += done;
		/* A bad page takes whole pages, and may stay bad. */
		if (done < piece.length)
			err = piece.recover ? -EIO : -EFAULT;
	}
	famfs_access_unlock(set, id);
	return err;
}

/* Copy between the file and @iter, which ends before the file does. */
static ssize_t copy_all(struct kiocb *iocb, struct iov_iter *iter)
{
	loff_t start = iocb->ki_pos;
	int err = 0;

	while (iov_iter_count(iter) && !err) {
		err = copy_next(iocb, iter);
		cond_resched();
	}
	return iocb->ki_pos > start ? iocb->ki_pos - start : err;
}

/**
 * famfs_read_iter() - file_operations.read_iter
 * @iocb: where
 * @to: the caller's memory
 *
 * Context: May sleep.
 * Return: bytes read, or an errno.
 */
ssize_t famfs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	loff_t size = i_size_read(inode);
	ssize_t ret;

	ret = famfs_check_usable(inode);
	if (ret)
		return ret;
	if (iocb->ki_pos >= size)
		return 0;
	iov_iter_truncate(to, size - iocb->ki_pos);
	ret = copy_all(iocb, to);
	file_accessed(iocb->ki_filp);
	return ret;
}

/* A program with the setuid or setgid bit loses it when others write to it. */
static int drop_privileges(struct kiocb *iocb)
{
	struct file *file = iocb->ki_filp;
	struct inode *inode = file_inode(file);
	int err;

	if (likely(!setattr_should_drop_suidgid(file_mnt_idmap(file), inode)))
		return 0;
	if (!(iocb->ki_flags & IOCB_NOWAIT))
		inode_lock(inode);
	else if (!inode_trylock(inode))
		return -EAGAIN;
	err = file_remove_privs(file);
	inode_unlock(inode);
	return err;
}

static ssize_t write_alone(struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t ret;

	ret = drop_privileges(iocb);
	/* Setting the times does no I/O, so IOCB_NOWAIT allows it. */
	if (!ret)
		ret = famfs_update_times(iocb->ki_filp);
	if (ret)
		return ret;
	ret = copy_all(iocb, from);
	/* The copy went past the caches, but may still be on its way. */
	pmem_wmb();
	return ret;
}

/**
 * famfs_write_iter() - file_operations.write_iter
 * @iocb: where
 * @from: the caller's memory
 *
 * Context: May sleep.
 * Return: bytes written, or an errno.
 */
ssize_t famfs_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	struct writers *writers = writers_of(inode);
	loff_t size = i_size_read(inode);
	struct writer writer = { .inode = inode };
	ssize_t ret;

	if (famfs_memory_is_ro(inode))
		return -EROFS;
	ret = famfs_check_usable(inode);
	if (ret)
		return ret;
	ret = generic_write_checks(iocb, from);
	if (ret <= 0)
		return ret;
	if (iocb->ki_pos >= size)
		return -EFBIG;
	iov_iter_truncate(from, size - iocb->ki_pos);
	writer.start = iocb->ki_pos;
	writer.end = writer.start + iov_iter_count(from) - 1;
	ret = begin_write(writers, &writer, iocb->ki_flags & IOCB_NOWAIT);
	if (ret)
		return ret;
	ret = write_alone(iocb, from);
	end_write(writers, &writer);
	if (ret > 0)
		ret = generic_write_sync(iocb, ret);
	return ret;
}
