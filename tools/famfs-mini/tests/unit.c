// SPDX-License-Identifier: GPL-2.0
/* Tests of the parts of famfs-mini that need neither a map file nor famfs. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "kmap.h"
#include "mapfile.h"
#include "reason.h"

#define MIB (1ULL << 20)

static bool failed;

static void check(bool good, const char *name)
{
	printf("%s - unit: %s\n", good ? "ok" : "not ok", name);
	failed |= !good;
}

static void check_text(const char *got, const char *want, const char *name)
{
	check(!strcmp(got, want), name);
	if (strcmp(got, want))
		printf("#   got  '%s'\n#   want '%s'\n", got, want);
}

static void test_numbers(void)
{
	static const struct {
		const char *text;
		bool good;
		u64 value;
	} cases[] = {
		{ "0", true, 0 },
		{ "42", true, 42 },
		{ "0644", true, 0644 },
		{ "0x1F", true, 31 },
		{ "18446744073709551615", true, U64_MAX },
		{ "0xffffffffffffffff", true, U64_MAX },
		{ "18446744073709551616", false, 0 },
		{ "0x10000000000000000", false, 0 },
		{ "08", false, 0 },
		{ "0x", false, 0 },
		{ "", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "1.5", false, 0 },
		{ "1_000", false, 0 },
	};
	const char *problem;
	char name[80];
	const char *verdict;
	u64 value;
	size_t i;
	bool good;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		verdict = "refused";
		if (cases[i].good)
			verdict = "taken";
		snprintf(name, sizeof(name), "number '%s' is %s", cases[i].text,
			 verdict);
		good = parse_number(cases[i].text, &value, &problem);
		check(good == cases[i].good &&
		      (!good || value == cases[i].value), name);
	}
}

static void test_sizes(void)
{
	u64 value;

	check(parse_size("3K", &value) && value == 3072, "size 3K");
	check(parse_size("1T", &value) && value == 1ULL << 40, "size 1T");
	check(parse_size("16777215T", &value), "size just below 64 bits");
	check(!parse_size("16777216T", &value), "size above 64 bits is refused");
	check(!parse_size("0", &value), "size 0 is refused");
	check(!parse_size("K", &value), "size without a number is refused");
	check(!parse_size("", &value), "empty size is refused");
	check(!parse_size("1P", &value), "size with an unknown unit is refused");
}

static void test_text(void)
{
	char buf[40], small[20];

	check_text(printable(buf, sizeof(buf), "a\n\033b"), "a\\x0a\\x1bb",
		   "control characters are escaped");
	check_text(printable(buf, sizeof(buf), "\302\2331m"), "\\xc2\\x9b1m",
		   "8-bit control characters are escaped");
	check_text(printable(buf, sizeof(buf), "\xc3\xbc"), "\xc3\xbc",
		   "other UTF-8 is kept");
	check_text(printable(small, sizeof(small), "abcdefghijklmnopqrstuvwxyz"),
		   "abcdefghi...", "long text ends in dots");
	check_text(printable(small, sizeof(small), "\n\n\n\n\n\n\n"),
		   "\\x0a\\x0a\\x0a...", "long escapes end in dots");
	check(valid_utf8("a\xc3\xbc\xf0\x9f\x98\x80"), "UTF-8 is recognised");
	check(!valid_utf8("\xff") && !valid_utf8("\xc3") &&
	      !valid_utf8("\xc0\x80") && !valid_utf8("\xed\xa0\x80") &&
	      !valid_utf8("\xf4\x90\x80\x80"), "broken UTF-8 is recognised");
}

static void check_printed(void (*print)(FILE *out, const char *text),
			  const char *text, const char *want, const char *name)
{
	size_t size;
	char *got;
	FILE *out = open_memstream(&got, &size);

	print(out, text);
	fclose(out);
	check_text(got, want, name);
	free(got);
}

static void test_strings(void)
{
	check_printed(print_json_string, "a\"\\\n", "\"a\\\"\\\\\\u000a\"",
		      "JSON strings are escaped");
	check_printed(print_json_string, "\xc2\x85", "\"\\u0085\"",
		      "8-bit control characters are escaped in JSON");
	check_printed(print_yaml_string, "data/b.bin", "data/b.bin",
		      "a plain path is plain in YAML");
	check_printed(print_yaml_string, ".meta/.log", ".meta/.log",
		      "so is the path of the log");
	check_printed(print_yaml_string, ".5", "\".5\"",
		      "a path that reads as a fraction is quoted in YAML");
	check_printed(print_yaml_string, "a: b", "\"a: b\"",
		      "a path with blanks is quoted in YAML");
	check_printed(print_yaml_string, "No", "\"No\"",
		      "a path that reads as a boolean is quoted in YAML");
	check_printed(print_yaml_string, "1e3", "\"1e3\"",
		      "a path that reads as a number is quoted in YAML");
}

static void test_paths(void)
{
	char longest[PATH_MAX + 1], name[257];

	check(!path_problem("a"), "path of one component");
	check(!path_problem(".meta/.superblock"), "path with dots in names");
	check(!path_problem("a/..b/c.."), "path with names that hold two dots");
	check(path_problem(""), "empty path is refused");
	check(path_problem("/a"), "absolute path is refused");
	check(path_problem("a/../b"), "path with '..' is refused");
	check(path_problem(".."), "path '..' is refused");
	check(path_problem("./a"), "path with '.' is refused");
	check(path_problem("a//b"), "path with an empty component is refused");
	check(path_problem("a/"), "path with a slash at the end is refused");
	check(path_problem("a\tb"), "path with a tab is refused");
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	check(!path_problem(name), "component of 255 bytes");
	name[255] = 'n';
	name[256] = '\0';
	check(path_problem(name), "component of 256 bytes is refused");
	for (size_t i = 0; i < PATH_MAX; i++)
		longest[i] = i & 1 ? '/' : 'p';
	longest[PATH_MAX - 1] = '\0';
	check(!path_problem(longest), "path of 4095 bytes");
	strcpy(longest + PATH_MAX - 2, "pp");
	check(path_problem(longest), "path of 4096 bytes is refused");
}

static void test_beneath(int root)
{
	struct stat st;
	size_t made;
	int fd;

	check(!beneath_make_parents(root, "a/b/c/file", &made) && made == 1 &&
	      !fstatat(root, "a/b/c", &st, 0) && (st.st_mode & 07777) == 0755,
	      "missing directories are made, with mode 0755");
	check(!beneath_make_parents(root, "a/b/d/file", &made) && made == 5,
	      "only the missing directory is made");
	check(!beneath_remove_parents(root, "a/b/d/file", made) &&
	      fstatat(root, "a/b/d", &st, 0) && !fstatat(root, "a/b", &st, 0),
	      "only what was made is removed");
	check(!beneath_remove_parents(root, "a/b/c/file", 1) &&
	      fstatat(root, "a", &st, 0), "a chain of directories is removed");
	check(!beneath_make_parents(root, "file", &made) && !made,
	      "a path of one component needs no directory");

	fd = beneath_open(root, "file", O_RDWR | O_CREAT | O_EXCL, 0600);
	check(fd >= 0, "a file is created");
	close(fd);
	check(beneath_make_parents(root, "file/x", &made) && errno == ENOTDIR &&
	      !made, "a file is no directory");
	check(beneath_open(root, "file", O_RDWR | O_CREAT | O_EXCL, 0600) < 0 &&
	      errno == EEXIST, "a file is not created twice");
	check(!beneath_unlink(root, "file", 0), "a file is removed");
}

static void test_escape(int root)
{
	struct stat st;
	size_t made;

	check(!symlinkat("/tmp", root, "out") && !mkdirat(root, "in", 0755) &&
	      !symlinkat("in", root, "link"), "links for the next tests");
	check(beneath_open(root, "../x", O_PATH, 0) < 0 && errno == EXDEV,
	      "'..' does not leave the root");
	check(beneath_open(root, "/tmp", O_PATH, 0) < 0 && errno == EXDEV,
	      "an absolute path does not leave the root");
	check(beneath_open(root, "out", O_PATH, 0) < 0 && errno == ELOOP,
	      "a symbolic link is not followed");
	check(beneath_open(root, "out/famfs-x", O_CREAT | O_RDWR, 0600) < 0 &&
	      errno == ELOOP, "a symbolic link to a directory is not followed");
	check(beneath_make_parents(root, "out/x/y", &made) && errno == ELOOP &&
	      !made, "no directory is made behind a symbolic link");
	check(beneath_make_parents(root, "link/x/y", &made) && errno == ELOOP &&
	      fstatat(root, "in/x", &st, 0),
	      "nor behind one that stays below the root");
	check(!unlinkat(root, "out", 0) && !unlinkat(root, "link", 0) &&
	      !unlinkat(root, "in", AT_REMOVEDIR), "nothing else is left");
}

static struct famfs_map *build(u32 nr, const u64 *offsets, u64 size)
{
	struct famfs_ioc_simple_extent list[4] = {};
	struct famfs_map_request request = {
		.file_size = size, .nr_extents = nr, .simple = list,
	};
	u32 i;

	for (i = 0; i < nr; i++) {
		list[i].offset = offsets[i] * MIB;
		list[i].len = 2 * MIB;
	}
	return famfs_map_build(&request);
}

static void test_kmap(void)
{
	static const u64 row[] = { 2, 4, 6 }, gaps[] = { 2, 6, 10 };
	struct famfs_map *merged = build(3, row, 6 * MIB);
	struct famfs_map *apart = build(3, gaps, 6 * MIB);
	struct famfs_map *first = build(2, row, 3 * MIB);
	struct famfs_map *shorter = build(2, row, 2 * MIB);

	check(kmap_fits(merged), "three extents in a row fit into one");
	check(!kmap_fits(apart), "three extents apart do not fit");
	check(kmap_equal(merged, merged), "a map equals itself");
	check(!kmap_equal(merged, apart), "other extents, other map");
	check(!kmap_equal(first, shorter), "other size, other map");
	shorter->size = first->size;
	check(kmap_equal(first, shorter), "same extents and size, same map");
	shorter->file_type = FAMFS_LOG;
	check(!kmap_equal(first, shorter), "other file type, other map");
	famfs_map_free(merged);
	famfs_map_free(apart);
	famfs_map_free(first);
	famfs_map_free(shorter);
}

static void test_kmap_elsewhere(int root)
{
	int fd = openat(root, "file", O_RDWR | O_CREAT, 0600);

	check(!on_famfs(fd), "another file system is not famfs");
	check(kmap_probe(fd) && errno == ENOTTY, "nor does it take the ioctls");
	check(!kmap_get(fd) && errno == ENOTTY, "nor has its file a map");
	close(fd);
	unlinkat(root, "file", 0);
}

/* A rule that was added to the library must get a sentence here. */
static void test_reasons(void)
{
	struct famfs_reason reason = { .value = 1, .limit = 2 };
	char text[PRINTABLE_SIZE], name[80];
	bool internal;
	int rule;

	for (rule = FAMFS_RULE_NONE + 1; rule < FAMFS_NR_RULES; rule++) {
		/* A map file cannot break these two. */
		internal = rule == FAMFS_RULE_FILE_TYPE ||
			   rule == FAMFS_RULE_EXT_TYPE;
		reason.rule = rule;
		reason_text(text, sizeof(text), &reason);
		snprintf(name, sizeof(name), "rule %s has a sentence",
			 famfs_rule_name(rule));
		check(internal == !strncmp(text, "breaks the rule", 15), name);
	}
}

/* One argument: an empty directory to work in. */
int main(int argc, char **argv)
{
	int root = -1;

	umask(0);
	test_numbers();
	test_sizes();
	test_text();
	test_strings();
	test_paths();
	test_kmap();
	test_reasons();
	if (argc == 2)
		root = open(argv[1], O_PATH | O_DIRECTORY);
	check(root >= 0, "scratch directory");
	if (root >= 0) {
		test_beneath(root);
		test_escape(root);
		test_kmap_elsewhere(root);
		close(root);
		check(!rmdir(argv[1]), "the scratch directory is empty again");
	}
	return failed;
}
