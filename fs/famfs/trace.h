/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM famfs

#if !defined(_FAMFS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _FAMFS_TRACE_H

#include <linux/famfs_extent.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/tracepoint.h>

TRACE_EVENT(famfs_map_create,
	TP_PROTO(struct inode *inode, const struct famfs_map_request *req,
		 const struct famfs_reason *reason, int err),
	TP_ARGS(inode, req, reason, err),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(ino_t, ino)
		__field(u64, size)
		__field(u32, nr_extents)
		__field(int, err)
		__string(rule, famfs_rule_name(reason->rule))
		__field(u32, extent)
		__field(u32, strip)
		__field(u64, value)
		__field(u64, limit)
	),
	TP_fast_assign(
		__entry->dev = inode->i_sb->s_dev;
		__entry->ino = inode->i_ino;
		__entry->size = req->file_size;
		__entry->nr_extents = req->nr_extents;
		__entry->err = err;
		__assign_str(rule);
		__entry->extent = reason->extent;
		__entry->strip = reason->strip;
		__entry->value = reason->value;
		__entry->limit = reason->limit;
	),
	TP_printk("dev %d:%d ino %lu size %llu extents %u err %d rule %s extent %u strip %u value %#llx limit %#llx",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->size, __entry->nr_extents, __entry->err,
		  __get_str(rule), __entry->extent, __entry->strip,
		  __entry->value, __entry->limit)
);

TRACE_EVENT(famfs_resolve,
	TP_PROTO(struct inode *inode, loff_t pos, loff_t length,
		 const struct famfs_range *range, int err),
	TP_ARGS(inode, pos, length, range, err),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(ino_t, ino)
		__field(loff_t, pos)
		__field(loff_t, length)
		__field(u32, devindex)
		__field(u64, offset)
		__field(u64, contiguous)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->dev = inode->i_sb->s_dev;
		__entry->ino = inode->i_ino;
		__entry->pos = pos;
		__entry->length = length;
		__entry->devindex = range->dev;
		__entry->offset = range->addr;
		__entry->contiguous = range->length;
		__entry->err = err;
	),
	TP_printk("dev %d:%d ino %lu pos %#llx length %#llx devindex %u offset %#llx contiguous %#llx err %d",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->pos, __entry->length, __entry->devindex,
		  __entry->offset, __entry->contiguous, __entry->err)
);

TRACE_EVENT(famfs_fault,
	TP_PROTO(struct inode *inode, struct vm_fault *vmf, unsigned int order,
		 vm_fault_t result),
	TP_ARGS(inode, vmf, order, result),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(ino_t, ino)
		__field(pgoff_t, pgoff)
		__field(unsigned int, order)
		__field(unsigned int, flags)
		__field(unsigned long, result)
	),
	TP_fast_assign(
		__entry->dev = inode->i_sb->s_dev;
		__entry->ino = inode->i_ino;
		__entry->pgoff = vmf->pgoff;
		__entry->order = order;
		__entry->flags = vmf->flags;
		__entry->result = (__force unsigned long)result;
	),
	TP_printk("dev %d:%d ino %lu pgoff %#lx order %u flags %s result %#lx",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->pgoff, __entry->order,
		  __print_flags(__entry->flags, "|", FAULT_FLAG_TRACE),
		  __entry->result)
);

TRACE_EVENT(famfs_flush,
	TP_PROTO(struct inode *inode, unsigned long unit,
		 const struct famfs_range *range),
	TP_ARGS(inode, unit, range),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(ino_t, ino)
		__field(loff_t, pos)
		__field(u32, devindex)
		__field(u64, offset)
		__field(u64, length)
	),
	TP_fast_assign(
		__entry->dev = inode->i_sb->s_dev;
		__entry->ino = inode->i_ino;
		__entry->pos = (loff_t)unit * FAMFS_ALLOC_UNIT;
		__entry->devindex = range->dev;
		__entry->offset = range->addr;
		__entry->length = range->length;
	),
	TP_printk("dev %d:%d ino %lu pos %#llx length %#llx devindex %u offset %#llx",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->pos, __entry->length, __entry->devindex,
		  __entry->offset)
);

TRACE_EVENT(famfs_failure,
	TP_PROTO(dev_t dev, u64 offset, u64 length, int mf_flags, int err),
	TP_ARGS(dev, offset, length, mf_flags, err),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, offset)
		__field(u64, length)
		__field(int, mf_flags)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->dev = dev;
		__entry->offset = offset;
		__entry->length = length;
		__entry->mf_flags = mf_flags;
		__entry->err = err;
	),
	TP_printk("dev %d:%d offset %#llx length %#llx mf_flags %#x err %d",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->offset,
		  __entry->length, __entry->mf_flags, __entry->err)
);

TRACE_EVENT(famfs_shutdown,
	TP_PROTO(dev_t dev, unsigned long nr_files),
	TP_ARGS(dev, nr_files),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(unsigned long, nr_files)
	),
	TP_fast_assign(
		__entry->dev = dev;
		__entry->nr_files = nr_files;
	),
	TP_printk("dev %d:%d files %lu", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->nr_files)
);

#endif /* _FAMFS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
