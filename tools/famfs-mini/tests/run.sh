#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# run.sh UNIT BINARY...: run the unit tests, then the cases below with each
# BINARY.  None of them needs famfs.
set -uo pipefail
shopt -s lastpipe	# "... | refused" counts in this shell

unit=$(realpath "$1")
shift
binaries=()
for binary in "$@"; do
	binaries+=("$(realpath "$binary")")
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

passed=0
failed=0

pass() {
	passed=$((passed + 1))
}

fail() {
	failed=$((failed + 1))
	echo "not ok - $variant: $1"
	sed 's/^/#   /' out err
}

# run WANTED_STATUS ARGUMENT...: status and output in $status, out and err
run() {
	wanted=$1
	shift
	"$mini" "$@" >out 2>err </dev/null
	status=$?
}

# expect NAME [PATTERN...]: the status was as wanted, and each pattern (a
# fixed string) is a part of the output
expect() {
	local name=$1 pattern
	shift
	if [ "$status" -ne "$wanted" ]; then
		fail "$name: status $status, not $wanted"
		return
	fi
	for pattern in "$@"; do
		if ! grep -qF -- "$pattern" out err; then
			fail "$name: no '$pattern'"
			return
		fi
	done
	pass
}

# holds NAME COMMAND...: the command succeeds
holds() {
	local name=$1
	shift
	if "$@"; then
		pass
	else
		fail "$name"
	fi
}

# refused NAME PATTERN...: check refuses the map file on standard input
refused() {
	cat >x.map
	run 1 check x.map
	expect "$@"
}

# accepted NAME: check accepts it
accepted() {
	cat >x.map
	run 0 check x.map
	expect "$1" "no errors"
}

# file PATH OFFSET LENGTH [SIZE]: a document
file() {
	cat <<-END
	---
	file:
	  path: $1
	  size: ${4:-1}
	  simple_ext_list:
	  - devindex: 0
	    offset: $2
	    length: $3
	END
}

# with KEY VALUE: a good document with one more key
with() {
	file a 0x200000 0x200000
	printf '  %s: %s\n' "$1" "$2"
}

# extents COUNT: a document with a long list, all extents apart
extents() {
	printf 'file:\n  path: long\n  size: 1\n  nextents: %d\n' "$1"
	printf '  simple_ext_list:\n'
	awk -v n="$1" 'BEGIN {
		for (i = 1; i <= n; i++)
			printf "  - {offset: %.0f, length: 2097152}\n", i * 4194304
	}'
}

test_usage() {
	local command

	run 0 --help; expect "--help" "usage: famfs-mini" mapfile show check
	run 0 --version; expect "--version" "famfs-mini "
	run 2; expect "no command" "usage:"
	run 2 frobnicate; expect "unknown command" "no command 'frobnicate'"
	run 2 --frobnicate; expect "unknown option" "usage:"
	for command in mapfile show check; do
		run 0 "$command" --help
		expect "$command --help" "usage: famfs-mini $command"
		run 2 "$command"
		expect "$command without arguments" "usage: famfs-mini $command"
		run 2 "$command" --frobnicate x
		expect "$command with an unknown option" "famfs-mini $command: "
	done
	run 2 mapfile --root; expect "--root without a directory" "usage:"
	run 2 check --size 0 x; expect "--size 0" "'0' is not a size"
	run 2 check --size 12Q x; expect "--size 12Q" "'12Q' is not a size"
	run 2 check --size -1 x; expect "--size -1" "'-1' is not a size"
	file a 0x200000 0x200000 >--help
	run 0 check -- --help; expect "-- ends the options" "1 file, no errors"
	"$mini" check - <--help >out 2>err
	status=$? wanted=0
	expect "- is standard input" "1 file, no errors"
	"$mini" --help >/dev/full 2>err
	status=$? wanted=1
	expect "output that cannot be written" "No space left on device"
}

test_good() {
	file a 0x200000 0x200000 | accepted "the least map file"
	file a 2097152 2097152 | accepted "decimal numbers"
	file a 0x200000 12345 12345 | accepted "a last extent of any length"
	{
		cat <<-END
		%YAML 1.1
		---
		# as upstream writes it
		file:
		  path: data/model.bin
		  size: 67108864
		  flags: 0
		  mode: 0644
		  uid: 0
		  gid: 0
		  nextents: 2
		  simple_ext_list:
		  - devindex: 0
		    offset: 0x600000
		    length: 0x2000000
		  - devindex: 0
		    offset: 0x4600000
		    length: 0x2000000
		...
		END
		file data/other.bin 0x2600000 0x2000000
	} | accepted "the whole format, two documents"
	file .meta/.superblock 0 0x200000 | accepted "the superblock at offset 0"
	file '"a b/\xfc\u20ac"' 0x200000 0x200000 | accepted "blanks and UTF-8"
	with mode 07777 | accepted "mode 07777"
	with uid 4294967294 | accepted "the highest user id"
	echo '{"file": {"path": "a", "size": 1, "simple_ext_list":
		[{"offset": 2097152, "length": 1}]}}' | accepted "JSON"
	file a 0x200000 0x200000 | sed 's/$/\r/' | accepted "DOS line ends"
	{ file "$(printf '\303\274')" 0x200000 2097152
	  file "$(printf '\303\244')" 0x400000 2097152; } |
		sed "s/file:/& # $(printf '\303\266')/" | accepted "UTF-8 before a document"
	{ printf '\357\273\277'; file a 0x200000 2097152; } |
		accepted "a byte order mark"
	extents 4096 | accepted "4,096 extents"
	{ file a 0x200000 0x200000; file b 0x400000 0x200000; } |
		accepted "neighbours do not overlap"
	{ file a 0x200000 0x200000
	  file b 0x200000 0x200000 | sed 's/index: 0/index: 1/'; } |
		accepted "the same range of two devices"
	file a 0x600000 0x200000 >x.map
	run 0 check --size 8M x.map; expect "just inside the device"
}

test_syntax() {
	refused "an empty file" "x.map: holds no document" </dev/null
	echo '# nothing' | refused "only a comment" "x.map: holds no document"
	printf -- '---\n---\n' | refused "empty documents" \
		"x.map: line 2, column 1: the document is empty"
	file a 0x200000 0x200000 | sed '$s/  length/ length/' |
		refused "wrong indentation" "x.map: line 8, column 4: " "mapping"
	printf 'file: {path: a\n' | refused "an open brace" \
		"x.map: line 2, column 1: did not find expected ',' or '}'"
	printf 'file:\n\tpath: a\n' | refused "a tab" "x.map: line 2, column 1: "
	printf 'file:\n  path: "a\n' | refused "an open quote" "x.map: line "
	printf 'file:\n  path: \377\n' | refused "no UTF-8" \
		"x.map: line 2, column 9: invalid leading UTF-8 octet"
	file a 0x200000 2097152 | iconv -t UTF-16 |
		refused "UTF-16" "x.map: line 1, column 1: "
	printf 'file:\n  path: a\0b\n' | refused "a NUL byte" "x.map: line 2"
	file '"a\0b"' 0x200000 1 | refused "an escaped NUL" \
		"x.map: line 3, column 9: path holds a NUL character"
	head -c 4096 /dev/urandom | refused "random bytes" "x.map: "
	printf '[%.0s' {1..2000} | refused "deep nesting" "x.map: line 1"
	{ file a 0x200000 2097152; printf 'file: [\n'; } |
		refused "a good document before a broken one" "x.map: line 10"
	run 1 check missing.map
	expect "a missing map file" "missing.map: No such file or directory"
	run 1 check .; expect "a directory" ".: Is a directory"
}

test_schema() {
	with lenght 1 | refused "an unknown key" \
		"x.map: line 9, column 3: unknown key 'lenght'"
	with '"\e[31m"' 1 | refused "an unknown key with an escape" \
		"unknown key '\\x1b[31m'"
	with size 1 | refused "a repeated key" \
		"x.map: line 9, column 3: key 'size' is repeated"
	for key in path size offset length; do
		file a 0x200000 2097152 | sed "s/^\(.*\)$key: .*/\1uid: 0/" |
			refused "no $key" "key '$key' is missing"
	done
	file a 0x200000 2097152 | sed 's/^file/fyle/' | refused "no file" \
		"line 2, column 1: unknown key 'fyle'" "key 'file' is missing"
	printf 'file:\n' | refused "an empty file mapping" \
		"x.map: line 1, column 6: file must be a mapping"
	printf 'word\n' | refused "a word" "the document must be a mapping"
	printf -- '- file\n' | refused "a list" "the document must be a mapping"
	file '[a]' 0x200000 2097152 | refused "a list as path" \
		"line 3, column 9: path must be a string"
	file a '{}' 2097152 | refused "a mapping as offset" \
		"line 7, column 13: offset must be a number"
	printf 'file: {path: a, size: 1, simple_ext_list: 5}\n' |
		refused "a number as list" "simple_ext_list must be a list"
	file a 0x200000 2097152 -5 | refused "a negative size" \
		"line 4, column 9: size: '-5' is negative"
	file a 0x200000 2097152 5k | refused "a size with a unit" \
		"size: '5k' is not a number"
	file a 0x200000 2097152 99999999999999999999 |
		refused "a size above 64 bits" "does not fit into 64 bits"
	file a 0x200000 2097152 | sed 's/size: 1/size:/' |
		refused "no number" "size: '' is not a number"
	with uid 4294967296 | refused "a uid above 32 bits" \
		"uid: 4294967296 does not fit into 32 bits"
	with mode 0888 | refused "a mode that is not octal" \
		"mode: '0888' is not a number"
	with mode 644 | refused "a mode that looks octal and is not" \
		"mode: 644 is decimal but looks octal; write 0644 (or 01204)"
	with mode 420 | refused "and one that somebody may have meant" \
		"write 0420 (or 0644)"
	with mode 493 | accepted "a decimal mode that looks like one"
	with mode 0 | accepted "mode 0"
	printf '[\n%.0s' {1..100000} | refused "deep brackets" \
		"line 65, column 1: more than 64 levels in one another"
	with flags "$(printf '[%.0s' {1..100})" | refused "in what is ignored" \
		"more than 64 levels"
	with '&x gid' '*x' | refused "an alias" "map files have no aliases"
	with flags '[1, {a: *x}]' | refused "an alias in what is ignored" \
		"line 9, column 18: flags holds an alias, and map files have no aliases"
	with '? [a, b]' 1 | refused "a list as key" "a key must be a word"
	printf 'file:\n  size: x\n  uid: y\n' | refused "all mistakes" \
		"'x' is not" "'y' is not" "'path' is missing"
}

test_entries() {
	{ file data/a.bin 0x200000 0x200000
	  file data/b.bin 0x600800 0x200000; } >shared.map
	run 1 check shared.map
	expect "the extent that is to blame is named" \
		"shared.map: file 2 (data/b.bin), extent 1: offset 0x600800 is not a multiple of 2 MiB"
	file /a 0x200000 1 | refused "an absolute path" "file 1 (/a): path is absolute"
	file a/../b 0x200000 1 | refused "a path with .." "component '..'"
	file a/./b 0x200000 1 | refused "a path with ." "component '.'"
	file '""' 0x200000 1 | refused "an empty path" "path is empty"
	file '"a\nb"' 0x200000 1 | refused "a path with a newline" \
		'file 1 (a\x0ab): path has a control character'
	file '"a\u009bb"' 0x200000 1 | refused "an 8-bit control character" \
		'path has a control character'
	file "$(printf '%256s' x | tr ' ' x)" 0x200000 1 |
		refused "a long component" "more than 255 bytes" "xxx..."
	with mode 010000 | refused "a mode that is too high" \
		"file 1 (a): mode 010000 is above 07777"
	with uid 4294967295 | refused "no user" "uid 4294967295 is not a user"
	with gid 4294967295 | refused "no group" "gid 4294967295 is not a group"
	with nextents 2 | refused "a wrong count" \
		"file 1 (a): nextents is 2, but the list has 1 extents"
	printf 'file: {path: a, size: 1}\n' | refused "no list" \
		"file 1 (a): has no extents"
	printf 'file: {path: a, size: 1, simple_ext_list: []}\n' |
		refused "an empty list" "file 1 (a): has no extents"
	printf 'file: {path: a, size: 1, striped_ext_list: []}\n' |
		refused "an empty striped list" "file 1 (a): has no extents"
	{ file a 0x200000 2097152
	  striped b | sed -n '/striped/,$p'; } |
		refused "both lists" "file 1 (a): has both"
	striped a | sed 's/nstrips: 2/nstrips: 3/' | refused "too few strips" \
		"file 1 (a), extent 1: nstrips is 3, but the list has 2 strips"
	striped a | sed 's/nstrips: 2/nstrips: 1/' | refused "too many strips" \
		"file 1 (a), extent 1: nstrips is 1, but the list has 2 strips"
	striped a | sed '/nstrips/d' | sed 's/    chunk/  - chunk/' |
		refused "no nstrips" "key 'nstrips' is missing"
	striped a | sed '/chunk_size/d' | refused "no chunk_size" \
		"key 'chunk_size' is missing"
	{ striped a; echo '  nextents: 1'; } | accepted "a right count of stripes"
	{ striped a; echo '  nextents: 2'; } | refused "the count of strips" \
		"file 1 (a): nextents is 2, but the list has 1 extents"
}

# strips COUNT LENGTH [START]: the list of strips of an entry, one every 1 GiB
strips() {
	local i
	echo '    simple_ext_list:'
	for ((i = 0; i < $1; i++)); do
		printf '    - {offset: 0x%x, length: %s}\n' \
			$(((i + ${3:-1}) << 30)) "$2"
	done
}

# stripes COUNT LENGTH CHUNK [SIZE]: a document of one striped entry
stripes() {
	printf 'file:\n  path: a\n  size: %s\n  striped_ext_list:\n' "${4:-1}"
	printf '  - nstrips: %d\n    chunk_size: %s\n' "$1" "$3"
	strips "$1" "$2"
}

# striped PATH [BYTES...]: a document of 2 strips of 4 MiB for each BYTES, or
# of one such entry without nbytes
striped() {
	local start=1 bytes path=$1
	shift
	printf -- '---\nfile:\n  path: %s\n  size: 0x600000\n' "$path"
	printf '  striped_ext_list:\n'
	for bytes in "${@:-}"; do
		printf '  - nstrips: 2\n    chunk_size: 0x200000\n'
		[ -z "$bytes" ] || printf '    nbytes: %s\n' "$bytes"
		strips 2 0x400000 "$start"
		start=$((start + 2))
	done
}

test_striped() {
	local five=(0x200000 0x200000 0x200000 0x200000 0x200000)

	striped a | accepted "two strips"
	striped a 0x800000 | accepted "nbytes above the size"
	striped a 0x5fffff | refused "nbytes below the size" \
		"file 1 (a): the extents hold 0x5fffff bytes, less than the size"
	striped a 0 | refused "nbytes 0" "file 1 (a), extent 1: nbytes is 0"
	striped a 0x600001 | accepted "odd nbytes at the end"
	striped a 0x400000 0x200000 | accepted "two entries"
	striped a 0x400001 0x200000 | refused "odd nbytes in the middle" \
		"extent 1: nbytes 0x400001 is not a multiple of 2 MiB, as all but the last extent's"
	striped a "" 0x600000 | refused "no nbytes in the first of two" \
		"extent 1: nbytes is missing" "1 error"
	striped a 0x600000 "" | refused "no nbytes in the second of two" \
		"extent 2: nbytes is missing" "1 error"
	striped a "${five[@]:1}" | accepted "4 entries"
	striped a "${five[@]}" | refused "5 entries" \
		"file 1 (a): 5 extents are more than the limit of 4"
	striped a 0x800000 | accepted "strips just long enough"
	striped a 0x800001 | refused "a strip that is too short" \
		"file 1 (a), extent 1, strip 1: length 0x400000 is less than 0x400001, its share"
	striped a 0x600000 | sed 's/0x400000}/0x200000}/' |
		refused "strips too short" "extent 1, strip 1: length 0x200000 is less"
	striped a | sed '$s/0x400000}/0x200001}/' |
		accepted "a last strip of any length"
	stripes 16 0x200000 0x200000 0x2000000 | accepted "16 strips"
	stripes 17 0x200000 0x200000 | refused "17 strips" \
		"file 1 (a), extent 1: nstrips 17 is above 16"
	stripes 1 0x200000 0x200000 | accepted "1 strip"
	stripes 0 0 0x200000 | sed 's/simple_ext_list:/& []/' |
		refused "no strips" "file 1 (a), extent 1: nstrips is 0"
	stripes 2 0x400000 0x400000 | accepted "a chunk of 4 MiB"
	stripes 2 0x600000 0x600000 | refused "a chunk of 6 MiB" \
		"file 1 (a), extent 1: chunk_size 0x600000 is not a power of two"
	stripes 2 0x400000 0x100000 | refused "a chunk of 1 MiB" \
		"extent 1: chunk_size 0x100000 is not a power of two of at least 2 MiB"
	stripes 2 0x400000 0 | refused "a chunk of nothing" "chunk_size 0x0"
	striped a | sed 's/length: 0x400000/length: 0x400001/' |
		refused "an odd strip in the middle" \
		"extent 1, strip 1: length 0x400001 is not a multiple of 2 MiB, as all but the last strip's"
	striped a 0x400000 0x200000 | sed 's/0x100000000,/0x100000800,/' |
		refused "the strip that is to blame is named" \
		"x.map: file 1 (a), extent 2, strip 2: offset 0x100000800 is not"
	striped a 0x400000 0x200000 | sed 's/0x100000000,/0x40200000,/' |
		refused "strips of one file that overlap" \
		"file 1 (a), extent 2, strip 2: overlaps extent 1, strip 1 (offsets 0x40200000 and 0x40000000)"
	striped a | sed 's/0x80000000,/0x40000000, devindex: 1,/' |
		accepted "strips on two devices"
}

test_striped_between() {
	{ striped a; file b 0x40400000 1; } |
		accepted "a neighbour of a strip"
	{ striped a; file b 0x40200000 1; } | refused "an overlap with a strip" \
		"file 2 (b), extent 1: overlaps x.map: file 1 (a), extent 1, strip 1"
	{ file b 0x80200000 1; striped a; } | refused "a strip that overlaps" \
		"file 2 (a), extent 1, strip 2: overlaps x.map: file 1 (b), extent 1 ("
	{ striped a 0x600000; striped b; } | refused "two striped files" \
		"file 2 (b), extent 1, strip 1: overlaps" \
		"file 2 (b), extent 1, strip 2: overlaps" "2 errors"
	{ striped a 0x600000 0x200000; file b 0x100200000 1; } |
		refused "an overlap with the slack of the second entry" \
		"overlaps x.map: file 1 (a), extent 2, strip 2"
}

test_rules() {
	file a 0x200000 1 0 | refused "size 0" "file 1 (a): size is 0"
	file a 0x200000 1 2 | refused "extents below the size" \
		"the extents hold 0x1 bytes, less than the size 0x2"
	file a 0x200000 0 | refused "length 0" "extent 1: length is 0"
	file a 0 0x200000 | refused "offset 0" "extent 1: offset 0 is the superblock's"
	file .meta/.superblock 0x200000 1 | refused "another superblock" \
		"extent 1: the superblock must start at offset 0"
	file a 0xffffffffffe00000 0x200000 | refused "a wrap-around" \
		"extent 1: offset 0xffffffffffe00000 plus length 0x200000 does not fit"
	file a 0x200000 1 0x8000000000000000 | refused "a size above 2^63" \
		"size 0x8000000000000000 is above"
	file a 0x200000 1 | sed 's/index: 0/index: 15/' |
		accepted "device 15"
	file a 0x200000 1 | sed 's/index: 0/index: 16/' |
		refused "device 16" "extent 1: device 16 is above the last one, 15"
	{ file a 0x200000 0x1000; echo '  - {offset: 0x600000, length: 1}'; } |
		refused "an odd length in the middle" "extent 1: length 0x1000 is not"
	{ file a 0x400000 0x400000; echo '  - {offset: 0x600000, length: 1}'; } |
		refused "an overlap in one file" "file 1 (a), extent 2: overlaps extent 1"
	file a 0x600000 0x200001 >x.map
	run 1 check --size 8M x.map
	expect "just past the device" \
		"extent 1: ends at 0x800001, past the end of the device at 0x800000"
}

test_longest() {
	extents 65536 | accepted "65,536 extents"
	extents 65537 | refused "65,537 extents" \
		"file 1 (long): 65537 extents are more than the limit of 65536"
}

test_between() {
	file a 0x200000 0x400000 >a.map
	{ file b 0x600000 0x200000; file c 0x400000 0x200000; } >b.map
	run 1 check a.map b.map
	expect "an overlap between map files" \
		"b.map: file 2 (c), extent 1: overlaps a.map: file 1 (a), extent 1" \
		"1 error"
	{ file a 0x200000 0x1000000; file b 0x400000 1; file c 0x600000 1; } |
		refused "overlaps with a long extent" "file 2 (b), extent 1: overlaps" \
		"file 3 (c), extent 1: overlaps" "2 errors"
	{ file a 0x200000 1; file a 0x400000 1; } | refused "a path twice" \
		"x.map: file 2 (a): has the same path as x.map: file 1 (a)"
	run 1 check a.map a.map
	expect "a map file twice" "has the same path as" "1 error"
	{ file a/b/c 0x200000 1; file a/b 0x400000 1; } |
		refused "a file below a file" "file 1 (a/b/c): lies below x.map: file 2 (a/b)"
	{ file /a 0x200000 1; file b 0x200800 1; file c 0x200000 1 0; } |
		refused "all errors of all entries" "file 1 (/a)" "file 2 (b)" \
		"file 3 (c)" "3 errors"
}

# Without famfs: everything is refused, and nothing is left behind.
test_mapfile() {
	mkdir root
	file data/a.bin 0x200000 0x200000 >a.map
	run 1 mapfile --root root a.map
	expect "mapfile on another file system" "root: not a famfs mount" \
		"nothing was installed"
	holds "nothing is left behind" rmdir root
	mkdir root
	run 1 mapfile --dry-run --root root a.map
	expect "--dry-run on another file system" "root: not a famfs mount"
	holds "--dry-run leaves nothing behind" rmdir root
	run 1 mapfile a.map
	expect "the root is the current directory" ".: not a famfs mount"
	run 1 mapfile --root nowhere a.map
	expect "a missing root" "nowhere: No such file or directory"
	run 1 mapfile --root a.map a.map
	expect "a file as root" "a.map: Not a directory"

	file b 0x200800 1 >b.map
	run 1 mapfile --dry-run a.map b.map
	expect "map files are explained anyway" "b.map: file 1 (b), extent 1: offset"
	file b 0x400000 1 | sed 's/index: 0/index: 1/' >b.map
	run 1 mapfile a.map b.map
	expect "another device" "extent 1: there is no device 1, only device 0"
	extents 3 >b.map
	run 1 mapfile a.map b.map
	holds "three extents are no mistake" test -z "$(grep long err)"
	striped b >b.map
	run 1 mapfile a.map b.map
	holds "nor are strips" test -z "$(grep -F '(b)' err)"
	sed 's/{offset: 0x80000000/{devindex: 1, offset: 0x80000000/' -i b.map
	run 1 mapfile a.map b.map
	expect "a strip on another device" \
		"extent 1, strip 2: there is no device 1, only device 0"
}

test_show() {
	echo text >plain
	run 1 show plain; expect "show on another file system" "plain: not on famfs"
	run 1 show .; expect "show of a directory" ".: not on famfs"
	mkfifo pipe
	run 1 show pipe; expect "show of a pipe" "pipe: not on famfs"
	run 1 show gone plain
	expect "show goes on after an error" "gone: No such file" "plain: not on"
	run 1 show --json plain
	expect "show --json without a map" "plain: not on famfs"
	holds "it prints an empty array" test "$(cat out)" = "[]"
}

variant=unit
mkdir units
"$unit" units >out 2>err
status=$? wanted=0
expect "the unit tests end well"
passed=$((passed + $(grep -c '^ok ' out)))
failed=$((failed + $(grep -c '^not ok ' out)))

for mini in "${binaries[@]}"; do
	variant=$(basename "$(dirname "$mini")")
	mkdir "$work/$variant"
	cd "$work/$variant" || exit 1
	test_usage
	test_good
	test_syntax
	test_schema
	test_entries
	test_rules
	test_striped
	test_longest
	test_between
	test_striped_between
	test_mapfile
	test_show
done
echo "cli: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
