// SPDX-License-Identifier: GPL-2.0
/// The library decides, and does nothing else: it takes no lock, prints
/// nothing, and knows no inode, dax device or user pointer.  That is why it
/// runs under KUnit on UML and in user space.
//
// Files: lib/famfs_extent/*.c lib/famfs_extent/*.h include/linux/famfs_extent.h
// Grep: # *include <(asm/|linux/(atomic|completion|dax|device|dcache|fs|io|iomap|kref|mm|mutex|pagemap|percpu|pfn_t|printk|ratelimit|rcu[a-z]*|refcount|rwsem|sched|seqlock|spinlock|uaccess|wait|workqueue)\b)|scoped_guard\(

virtual report

@effect@
identifier call =~ "^(_*(pr_|dev_)(emerg|alert|crit|err|warn|notice|info|cont|debug|dbg)|trace_|_?printk|(raw_)?(spin|read|write)_(try|un)?lock|mutex_(try|un)?lock|mutex_lock|(down|up)(_read|_write|_trylock|_killable|$)|rcu_|srcu_|guard$|scoped_guard|atomic|refcount_|kref_|wait_|wake_up|schedule|copy_(to|from)_user)";
position p;
@@
call@p(...)

@script:python@
p << effect.p;
call << effect.call;
@@
print("%s:%s: %s() in the pure library" % (p[0].file, p[0].line, call))
