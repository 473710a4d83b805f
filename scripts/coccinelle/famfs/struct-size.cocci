// SPDX-License-Identifier: GPL-2.0
/// A size in bytes is never the result of plain arithmetic, which may wrap
/// around: struct_size(), array_size() and the allocators that take a count
/// saturate.  A structure with a flexible array is allocated by struct_size(),
/// so that its count and its size cannot disagree.
//
// Files: lib/*.c lib/*.h drivers/*.c drivers/*.h fs/*.c fs/*.h include/*.h kunit/*.c kunit/*.h

virtual report

@flexible@
identifier s, member;
type t;
@@
struct s {
	...
	t member[];
};

@plain@
identifier flexible.s;
struct s *ptr;
identifier alloc =~ "alloc(_node|_array|_noprof)?$";
position p;
@@
(
alloc@p(..., sizeof(struct s), ...)
|
alloc@p(..., sizeof(*ptr), ...)
)

@by_hand@
expression e;
type t;
position p;
@@
(
e *@p sizeof(...)
|
sizeof(...) *@p e
|
e *@p sizeof(t)
|
sizeof(t) *@p e
|
e +@p sizeof(...)
|
sizeof(...) +@p e
|
e +@p sizeof(t)
|
sizeof(t) +@p e
)

@script:python@
p << plain.p;
s << flexible.s;
@@
print("%s:%s: struct %s has a flexible array, allocate it by struct_size()"
      % (p[0].file, p[0].line, s))

@script:python@
p << by_hand.p;
@@
print("%s:%s: size computed by hand, use struct_size(), array_size() or an allocator of arrays"
      % (p[0].file, p[0].line))
