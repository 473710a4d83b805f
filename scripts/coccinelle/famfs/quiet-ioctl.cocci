// SPDX-License-Identifier: GPL-2.0
/// The promise of quiet-validation.cocci, for functions that serve an ioctl
/// and are in another file.
//
// Files: fs/famfs/*.c drivers/dax/*.c

virtual report

@loud@
identifier serves =~ "^(famfs|fsdev)_.*ioctl";
identifier log =~ "^_?(pr_(emerg|alert|crit|err|warn|notice|info|cont)|dev_(emerg|alert|crit|err|warn|notice|info|printk)|printk|WARN|BUG|VM_WARN|VM_BUG|dump_stack|panic)";
position p;
@@
serves(...)
{
	<+...
	log@p(...)
	...+>
}

@script:python@
p << loud.p;
log << loud.log;
serves << loud.serves;
@@
for where in p:
	print("%s:%s: %s() in %s()" % (where.file, where.line, log, serves))
