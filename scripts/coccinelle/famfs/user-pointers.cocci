// SPDX-License-Identifier: GPL-2.0
/// User pointers stay in ioctl.c: what is not there cannot read past a
/// structure of user space, or hand kernel memory out.
//
// Files: lib/*.c lib/*.h drivers/*.c drivers/*.h fs/*.c fs/*.h
// Except: fs/famfs/ioctl.c
// Grep: (^|[^[:alnum:]_])__user([^[:alnum:]_]|$)|<linux/uaccess\.h>

virtual report

@access@
identifier call =~ "^_*(copy_(from|to|in)_user[a-z_]*|copy_struct_from_user|(unsafe_)?(get|put)_user|clear_user|strn?len_user|strn?cpy_from_user|v?memdup_(array_)?user(_nul)?|access_ok|u64_to_user_ptr|compat_ptr|import_(iovec|ubuf))$";
position p;
@@
call@p(...)

@script:python@
p << access.p;
call << access.call;
@@
print("%s:%s: %s() outside of ioctl.c" % (p[0].file, p[0].line, call))
