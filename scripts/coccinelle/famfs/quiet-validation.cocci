// SPDX-License-Identifier: GPL-2.0
/// Any user may send a request that is refused.  So nothing above pr_debug is
/// logged on that way, and nothing warns: a log that fills up hides what
/// matters, and with panic_on_warn a warning is the end of the host.
//
// Files: fs/famfs/ioctl.c lib/famfs_extent/*.c

virtual report

@loud@
identifier log =~ "^_?(pr_(emerg|alert|crit|err|warn|notice|info|cont)|dev_(emerg|alert|crit|err|warn|notice|info|printk)|printk|WARN|BUG|VM_WARN|VM_BUG|dump_stack|panic)";
position p;
@@
log@p(...)

@script:python@
p << loud.p;
log << loud.log;
@@
print("%s:%s: %s() where user space is heard" % (p[0].file, p[0].line, log))
