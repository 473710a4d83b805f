// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: the entries that fs-dax has for files that are mapped, where pages are folios:
 * which address space they are in, and which open files see it.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "access.h"

/**
 * famfs_entries_open() - keep the file's entries from who opens it
 * @inode: a regular file
 * @file: the open file
 *
 * cachestat(2) takes an entry of fs-dax for what page cache leaves behind, and follows a
 * pointer that it finds there.  So files that processes open have an address space
 * without entries, and only those that mappings refer to have the one with entries: see
 * famfs_entries_mmap().
 */
void famfs_entries_open(struct inode *inode, struct file *file)
{
	file->f_mapping = &inode->i_data;
	file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
}

/*
 * Make the address space that has the entries.  From then on it is the inode's
 * i_mapping, and i_data stays empty.
 */
static int make_entries(struct inode *inode)
{
	struct address_space *entries;

	if (READ_ONCE(inode->i_mapping) != &inode->i_data)
		return 0;
	entries = kmalloc(sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!entries)
		return -ENOMEM;
	address_space_init_once(entries);
	init_rwsem(&entries->invalidate_lock);
	mapping_set_gfp_mask(entries, mapping_gfp_mask(&inode->i_data));
	entries->host = inode;
	entries->a_ops = inode->i_data.a_ops;
	if (cmpxchg(&inode->i_mapping, &inode->i_data, entries) !=
	    &inode->i_data)
		kfree(entries);
	return 0;
}

/*
 * The file that mappings of @file refer to: not @file itself, but one whose address
 * space has the entries of fs-dax.
 */
static struct file *open_mapped(struct inode *inode, const struct file *file)
{
	struct file *mapped;
	int flags = file->f_flags;

	/* It may be open for writing since before it had a map. */
	if (famfs_memory_is_ro(inode))
		flags = (flags & ~O_ACCMODE) | O_RDONLY;
	mapped = dentry_open(&file->f_path, flags, file->f_cred);
	if (IS_ERR(mapped))
		return mapped;
	mapped->f_mapping = inode->i_mapping;
	mapped->f_wb_err = filemap_sample_wb_err(mapped->f_mapping);
	return mapped;
}

/**
 * famfs_entries_mmap() - give a mapping the file that has the entries
 * @inode: a regular file
 * @vma: the mapping, of a file that famfs_entries_open() has seen
 *
 * All mappings of an open file have the same one, so that neighbours can become one
 * area.  The address space is made with the first mapping: most files of a large tree
 * have none.
 *
 * Context: May sleep.
 * Return: 0, -ENOMEM, or an errno of opening the file.
 */
int famfs_entries_mmap(struct inode *inode, struct vm_area_struct *vma)
{
	struct file *file = vma->vm_file;
	struct file *mapped = READ_ONCE(file->private_data), *other;

	if (!mapped) {
		if (make_entries(inode))
			return -ENOMEM;
		mapped = open_mapped(inode, file);
		if (IS_ERR(mapped))
			return PTR_ERR(mapped);
		other = cmpxchg(&file->private_data, NULL, mapped);
		if (other) {
			fput(mapped);
			mapped = other;
		}
	}
	vma_set_file(vma, mapped);
	return 0;
}

/**
 * famfs_entries_release() - undo famfs_entries_mmap(), if it was called
 * @file: an open file that is being closed; its mappings may stay
 */
void famfs_entries_release(struct file *file)
{
	if (file->private_data)
		fput(file->private_data);
}

/**
 * famfs_entries_exit() - undo famfs_entries_mmap(), if it was called
 * @inode: a regular file, being evicted
 *
 * The kernel looks from a folio into its address space under RCU.
 *
 * Context: May sleep.  No entry is left.
 */
void famfs_entries_exit(struct inode *inode)
{
	struct address_space *entries = inode->i_mapping;

	if (entries == &inode->i_data)
		return;
	truncate_inode_pages_final(entries);
	inode->i_mapping = &inode->i_data;
	kfree_rcu_mightsleep(entries);
}
