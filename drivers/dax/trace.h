/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM fsdev

#if !defined(_FSDEV_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _FSDEV_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(fsdev_failure,
	TP_PROTO(const char *name, u64 offset, u64 length, int mf_flags,
		 const char *told, int err),
	TP_ARGS(name, offset, length, mf_flags, told, err),
	TP_STRUCT__entry(
		__string(name, name)
		__field(u64, offset)
		__field(u64, length)
		__field(int, mf_flags)
		__string(told, told)
		__field(int, err)
	),
	TP_fast_assign(
		__assign_str(name);
		__entry->offset = offset;
		__entry->length = length;
		__entry->mf_flags = mf_flags;
		__assign_str(told);
		__entry->err = err;
	),
	TP_printk("%s offset %#llx length %#llx mf_flags %#x told %s err %d",
		  __get_str(name), __entry->offset, __entry->length,
		  __entry->mf_flags, __get_str(told), __entry->err)
);

TRACE_EVENT(fsdev_remove,
	TP_PROTO(const char *name, bool held, int err),
	TP_ARGS(name, held, err),
	TP_STRUCT__entry(
		__string(name, name)
		__field(bool, held)
		__field(int, err)
	),
	TP_fast_assign(
		__assign_str(name);
		__entry->held = held;
		__entry->err = err;
	),
	TP_printk("%s held %d err %d", __get_str(name), __entry->held,
		  __entry->err)
);

TRACE_EVENT(fsdev_flush,
	TP_PROTO(const char *name, pgoff_t pgoff, unsigned long nr),
	TP_ARGS(name, pgoff, nr),
	TP_STRUCT__entry(
		__string(name, name)
		__field(pgoff_t, pgoff)
		__field(unsigned long, nr)
	),
	TP_fast_assign(
		__assign_str(name);
		__entry->pgoff = pgoff;
		__entry->nr = nr;
	),
	TP_printk("%s pgoff %#lx pages %lu", __get_str(name), __entry->pgoff,
		  __entry->nr)
);

#endif /* _FSDEV_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
