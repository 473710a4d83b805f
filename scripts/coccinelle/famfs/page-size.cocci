// SPDX-License-Identifier: GPL-2.0
/// A page has 4, 16 or 64 KiB, and a huge page 2, 32 or 512 MiB, as the kernel is
/// built; and memory is handed out by units of 2 MiB on all of them.  So none of
/// these is written as a number, nor by the name of one: PAGE_SIZE, HPAGE_PMD_NR,
/// FAMFS_ALLOC_UNIT and what follows from them say which is meant.  A sector, which
/// is 512 bytes everywhere, is SECTOR_SIZE.
//
// Files: fs/famfs/*.[ch] drivers/dax/*.[ch] lib/famfs_extent/*.[ch]

virtual report

@written@
constant n =~ "^(511|512|4095|4096|0[xX]0*(1000|[fF][fF][fF]|200000|1[fF][fF][fF][fF][fF]|200|1[fF][fF])|2097151|2097152)[uUlL]*$";
position p;
@@
n@p

@named@
identifier n =~ "^SZ_(4K|16K|64K|2M|32M|512M)$";
position p;
@@
n@p

@shifted@
expression e;
constant n =~ "^(9|12|21)[uUlL]*$";
position p;
@@
(
e << n@p
|
e >> n@p
)

@made@
constant two =~ "^(2|4|16|32|64)[uUlL]*$";
constant n =~ "^(10|20)[uUlL]*$";
position p;
@@
two << n@p

@script:python@
p << written.p;
n << written.n;
@@
print("%s:%s: the size of a page or unit is written as %s" % (p[0].file, p[0].line, n))

@script:python@
p << named.p;
n << named.n;
@@
print("%s:%s: the size of a page or unit is written as %s" % (p[0].file, p[0].line, n))

@script:python@
p << shifted.p;
n << shifted.n;
@@
print("%s:%s: a number of pages or units comes by a shift of %s" % (p[0].file, p[0].line, n))

@script:python@
p << made.p;
n << made.n;
@@
print("%s:%s: the size of a page or unit is a shift of %s" % (p[0].file, p[0].line, n))
