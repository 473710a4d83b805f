// SPDX-License-Identifier: GPL-2.0
/* Tests of the parts of famfs-mini that need neither a map file nor famfs. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "famfs-mini.h"
#include "fake.h"

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
		good = !parse_number(cases[i].text, &value);
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

	check_text(escape(buf, sizeof(buf), "a\n\033b"), "a\\x0a\\x1bb",
		   "control characters are escaped");
	check_text(escape(buf, sizeof(buf), "\302\2331m"), "\\xc2\\x9b1m",
		   "8-bit control characters are escaped");
	check_text(escape(buf, sizeof(buf), "\xc3\xbc"), "\xc3\xbc",
		   "other UTF-8 is kept");
	check_text(escape(small, sizeof(small), "abcdefghijklmnopqrstuvwxyz"),
		   "abcdefghi...", "long text ends in dots");
	check_text(escape(small, sizeof(small), "\n\n\n\n\n\n\n"),
		   "\\x0a\\x0a\\x0a...", "long escapes end in dots");
	check(valid_utf8("a\xc3\xbc\xf0\x9f\x98\x80"), "UTF-8 is recognised");
	check(!valid_utf8("\xff") && !valid_utf8("\xc3") &&
	      !valid_utf8("\xc0\x80") && !valid_utf8("\xed\xa0\x80") &&
	      !valid_utf8("\xf4\x90\x80\x80"), "broken UTF-8 is recognised");
}

static void check_printed(bool json, const char *text, const char *want,
			  const char *name)
{
	size_t size;
	char *got;
	FILE *out = open_memstream(&got, &size);

	print_string(out, text, json);
	fclose(out);
	check_text(got, want, name);
	free(got);
}

static void test_strings(void)
{
	check_printed(true, "a\"\\\n", "\"a\\\"\\\\\\u000a\"",
		      "JSON strings are escaped");
	check_printed(true, "\xc2\x85", "\"\\u0085\"",
		      "8-bit control characters are escaped in JSON");
	check_printed(false, "data/b.bin", "data/b.bin",
		      "a plain path is plain in YAML");
	check_printed(false, ".meta/.log", ".meta/.log",
		      "so is the path of the log");
	check_printed(false, ".5", "\".5\"",
		      "a path that reads as a fraction is quoted in YAML");
	check_printed(false, "a: b", "\"a: b\"",
		      "a path with blanks is quoted in YAML");
	check_printed(false, "No", "\"No\"",
		      "a path that reads as a boolean is quoted in YAML");
	check_printed(false, "1e3", "\"1e3\"",
		      "a path that reads as a number is quoted in YAML");
}

static size_t put_utf8(char *to, u32 value)
{
	if (value < 0x80) {
		*to = value;
		return 1;
	}
	if (value < 0x800) {
		to[0] = 0xc0 | value >> 6;
		to[1] = 0x80 | (value & 0x3f);
		return 2;
	}
	if (value < 0x10000) {
		to[0] = 0xe0 | value >> 12;
		to[1] = 0x80 | (value >> 6 & 0x3f);
		to[2] = 0x80 | (value & 0x3f);
		return 3;
	}
	to[0] = 0xf0 | value >> 18;
	to[1] = 0x80 | (value >> 12 & 0x3f);
	to[2] = 0x80 | (value >> 6 & 0x3f);
	to[3] = 0x80 | (value & 0x3f);
	return 4;
}

/* A name with that character, or false if no map file may have it. */
static bool make_name(char name[8], u32 value)
{
	size_t length = 1 + put_utf8(name + 1, value);

	name[0] = 'a';
	strcpy(name + length, "b");
	return valid_utf8(name) && !strchr(name, '/') && !path_problem(name);
}

/* The next character to try: all of the first plane, and the edges of others. */
static u32 next_value(u32 value)
{
	if (value < 0x10000)
		return value + 1;
	return (value & 0xffff) == 0 ? value | 0xfffe : value + 1;
}

/* How many of those names YAML reads back as they were. */
static size_t names_read_back(char *text, size_t size)
{
	yaml_parser_t parser;
	yaml_event_t event;
	char name[8];
	size_t good = 0;
	u32 value = 1;
	bool end = false;

	yaml_parser_initialize(&parser);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (unsigned char *)text, size);
	while (!end && yaml_parser_parse(&parser, &event)) {
		end = event.type == YAML_STREAM_END_EVENT;
		if (event.type == YAML_SCALAR_EVENT) {
			while (!make_name(name, value))
				value = next_value(value);
			good += !strcmp(name,
					(char *)event.data.scalar.value);
			value = next_value(value);
		}
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return good;
}

/* What show prints, mapfile finds. */
static void test_names(void)
{
	size_t size, printed = 0;
	char *text, name[8];
	FILE *out = open_memstream(&text, &size);
	u32 value;

	for (value = 1; value <= 0x10ffff; value = next_value(value)) {
		if (!make_name(name, value))
			continue;
		fputs("- ", out);
		print_string(out, name, false);
		putc('\n', out);
		printed++;
	}
	fclose(out);
	check(printed > 60000, "names with nearly every character are allowed");
	check(names_read_back(text, size) == printed,
	      "and are read back as they were printed");
	free(text);
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
	check(path_problem("a\302\233b"),
	      "path with an 8-bit control character is refused");
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

/* A file of extents of 2 MiB each at these MiB. */
static struct map_file simple(u32 nr, const u64 *offsets, u64 size)
{
	struct map_file file = { .request.file_size = size };
	struct famfs_ioc_simple_extent *extent;
	u32 i;

	for (i = 0; i < nr; i++) {
		extent = list_add(&file.extents, sizeof(*extent));
		extent->offset = offsets[i] * MIB;
		extent->len = 2 * MIB;
	}
	return file;
}

/* One of so many extents of two strips each, with slack in the strips. */
static struct map_file striped(u32 nr, u64 size)
{
	struct map_file file = { .request.file_size = size };
	struct famfs_ioc_simple_extent *range;
	struct map_stripes *stripes;
	u32 i, strip;

	for (i = 0; i < nr; i++) {
		stripes = list_add(&file.stripes, sizeof(*stripes));
		stripes->ext = (struct famfs_ioc_interleaved_ext) {
			.ie_nstrips = 2,
			.ie_chunk_size = 2 * MIB,
			.ie_nbytes = 6 * MIB,
		};
		stripes->has_nbytes = true;
		for (strip = 0; strip < 2; strip++) {
			range = list_add(&stripes->strips, sizeof(*range));
			range->offset = (2 + i * 20 + strip * 10) * MIB;
			range->len = 6 * MIB;
		}
	}
	return file;
}

static struct map_stripes *first_stripes(const struct map_file *file)
{
	return file->stripes.at;
}

static struct famfs_ioc_simple_extent *strip_of(const struct map_file *file, u32 strip)
{
	return (struct famfs_ioc_simple_extent *)first_stripes(file)->strips.at + strip;
}

static void build(struct map_file *file)
{
	if (!map_file_build(file, 3, FAKE_DEVICE_SIZE))
		printf("# a map of the tests is refused: %s\n",
		       famfs_rule_name(file->reason.rule));
}

/*
 * Install @file, and ask whether @other is there, which is freed: 0 if it is, else as
 * kmap_compare(); -2 if it was not made by @version of the interface.
 */
static int installed_is(int root, const struct map_file *file, u32 version,
			struct map_file other)
{
	int fd = openat(root, "file", O_RDWR | O_CREAT, 0600), result = -2;

	fake_forget();
	fake.on = true;
	build(&other);
	if (!kmap_create(fd, file) && fake.creates[version] == 1)
		result = kmap_compare(fd, other.map);
	close(fd);
	fake_forget();
	unlinkat(root, "file", 0);
	map_file_free(&other);
	return result;
}

static void test_simple(int root)
{
	static const u64 row[] = { 2, 4, 6 }, gaps[] = { 2, 6, 10 };
	static const u64 moved[] = { 2, 6, 12 };
	struct map_file merged = simple(3, row, 6 * MIB), log;
	struct map_file apart = simple(3, gaps, 5 * MIB);
	struct map_file two = simple(2, gaps, 3 * MIB);

	build(&merged);
	build(&apart);
	build(&two);
	check(!installed_is(root, &merged, 1, simple(3, row, 6 * MIB)),
	      "three extents in a row fit into version 1");
	check(installed_is(root, &merged, 1, simple(3, gaps, 6 * MIB)) == 1,
	      "other extents, other map");
	check(!installed_is(root, &two, 1, simple(2, gaps, 3 * MIB)),
	      "two extents take version 1");
	check(installed_is(root, &two, 1, simple(2, gaps, 2 * MIB)) == 1,
	      "other size, other map");
	log = simple(2, gaps, 3 * MIB);
	log.request.file_type = FAMFS_LOG;
	check(installed_is(root, &two, 1, log) == 1, "other file type, other map");
	check(!installed_is(root, &apart, 2, simple(3, gaps, 5 * MIB)),
	      "three extents take version 2");
	check(installed_is(root, &apart, 2, simple(3, moved, 5 * MIB)) == 1,
	      "another third extent is seen");
	check(installed_is(root, &apart, 2, simple(3, gaps, 5 * MIB - 1)) == 1,
	      "another size is seen");
	map_file_free(&merged);
	map_file_free(&apart);
	map_file_free(&two);
}

static void test_striped(int root)
{
	static const u64 row[] = { 2 };
	struct map_file map = striped(1, 5 * MIB), other = striped(1, 5 * MIB);

	build(&map);
	check(!installed_is(root, &map, 2, other), "a striped map takes version 2");
	check(installed_is(root, &map, 2, striped(2, 5 * MIB)) == 1,
	      "another extent, other map");
	other = simple(1, row, 2 * MIB);
	other.request.file_size = 5 * MIB;
	((struct famfs_ioc_simple_extent *)other.extents.at)->len = 6 * MIB;
	check(installed_is(root, &map, 2, other) == 1,
	      "a simple map equals no striped one");
	other = striped(1, 5 * MIB);
	strip_of(&other, 1)->offset += 2 * MIB;
	check(installed_is(root, &map, 2, other) == 1, "other strip, other map");
	other = striped(1, 5 * MIB);
	strip_of(&other, 1)->len += 2 * MIB;
	check(installed_is(root, &map, 2, other) == 1,
	      "other length of a strip, other map");
	other = striped(1, 5 * MIB);
	first_stripes(&other)->ext.ie_chunk_size *= 2;
	check(installed_is(root, &map, 2, other) == 1, "other chunk size, other map");
	other = striped(1, 5 * MIB);
	first_stripes(&other)->ext.ie_nstrips--;
	check(installed_is(root, &map, 2, other) == 1,
	      "other number of strips, other map");
	other = striped(1, 5 * MIB);
	first_stripes(&other)->ext.ie_nbytes--;
	check(installed_is(root, &map, 2, other) == 1, "other bytes, other map");
	other = striped(1, 5 * MIB);
	strip_of(&other, 1)->devindex = 1;
	check(installed_is(root, &map, 2, other) == 1, "other device, other map");
	map_file_free(&map);
	map = striped(2, 11 * MIB);
	build(&map);
	check(!installed_is(root, &map, 2, striped(2, 11 * MIB)),
	      "two striped extents take version 2");
	other = striped(2, 11 * MIB);
	strip_of(&other, 1)->offset += 60 * MIB;
	check(installed_is(root, &map, 2, other) == 1, "another place of them is seen");
	map_file_free(&map);
}

static void test_only_v1(int root)
{
	static const u64 two[] = { 2, 6 }, three[] = { 2, 6, 10 };
	struct map_file small = simple(2, two, 3 * MIB);
	struct map_file large = simple(3, three, 5 * MIB);
	int fd = openat(root, "file", O_RDWR | O_CREAT, 0600);

	fake_forget();
	fake.on = true;
	fake.only_v1 = true;
	build(&small);
	build(&large);
	check(kmap_create(fd, &large) && errno == ENOTTY,
	      "an old module refuses three extents");
	check(!kmap_create(fd, &small) && !kmap_compare(fd, small.map),
	      "and takes two");
	close(fd);
	fake_forget();
	unlinkat(root, "file", 0);
	map_file_free(&small);
	map_file_free(&large);
}

/* 3,000 extents apart, in turn on so many devices. */
static struct map_file many(u32 nr_devices)
{
	struct famfs_ioc_simple_extent *extent;
	struct map_file file = { .request.file_size = 2999 * 2 * MIB + 5000 };
	u32 i;

	for (i = 0; i < 3000; i++) {
		extent = list_add(&file.extents, sizeof(*extent));
		extent->devindex = i % nr_devices;
		extent->offset = (2 + i * 4) * MIB;
		extent->len = i < 2999 ? 2 * MIB : 5000;
	}
	build(&file);
	return file;
}

/* As a list of simple extents that FIEMAP tells, more than one batch. */
static void test_layout(int root, u32 nr_devices)
{
	struct map_file file = many(nr_devices), got = {};
	int fd = openat(root, "file", O_RDWR | O_CREAT, 0600);

	fake_forget();
	fake.on = true;
	check(!kmap_create(fd, &file) && fake.creates[2] == 1,
	      "3,000 extents are installed");
	check(kmap_get(fd, &got) && got.nextents == 3000 &&
	      got.request.file_size == file.request.file_size &&
	      got.map->length == file.map->length - 5000 + 8192,
	      "3,000 extents are told, the last one in pages");
	check(got.map->seg[2998].dev == file.map->seg[2998].dev &&
	      got.map->seg[2999].addr == file.map->seg[2999].addr,
	      "and are told with their devices");
	check(!kmap_compare(fd, file.map), "and are the same");
	file.map->seg[2999].addr += 2 * MIB;
	check(kmap_compare(fd, file.map) == 1, "unless the last one is not");
	file.map->seg[2999].addr -= 2 * MIB;
	file.map->seg[2999].dev ^= 1;
	check(kmap_compare(fd, file.map) == 1, "or is on another device");
	file.map->seg[2999].dev ^= 1;
	file.map->length += 2 * MIB;
	check(kmap_compare(fd, file.map) == 1, "or longer, though the size is the same");
	file.map->length -= 4 * MIB;
	check(kmap_compare(fd, file.map) == 1, "or shorter");
	file.map->length += 2 * MIB;
	check(!kmap_compare(fd, file.map), "and else they are");
	close(fd);
	fake_forget();
	unlinkat(root, "file", 0);
	map_file_free(&got);
	map_file_free(&file);
}

/* Run a command on files, of which the last one is NULL, with what it says in @name. */
static int run_into(const char *name,
		    void (*run)(char **names, const struct settings *settings),
		    struct settings settings, char **files)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int saved = dup(STDOUT_FILENO), saved_err = dup(STDERR_FILENO);

	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
	nr_errors = 0;
	run(files, &settings);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	dup2(saved_err, STDERR_FILENO);
	close(saved);
	close(saved_err);
	return nr_errors != 0;
}

static bool file_holds(const char *name, const char *text)
{
	char buf[4096] = "";
	int fd = open(name, O_RDONLY);
	bool found = read(fd, buf, sizeof(buf) - 1) > 0 && strstr(buf, text);

	close(fd);
	return found;
}

static int mapfile(bool dry_run)
{
	const struct settings settings = { .root = ".", .dry_run = dry_run };

	return run_into("out", cmd_mapfile, settings, (char *[]) { "map", NULL });
}

static int check_shown(void)
{
	const struct settings settings = { .size = U64_MAX };

	return run_into("out", cmd_check, settings, (char *[]) { "shown", NULL });
}

static int show_and_check(void)
{
	const struct settings settings = {};

	return run_into("shown", cmd_show, settings,
			(char *[]) { "long", "striped", "twice", NULL }) ||
	       check_shown();
}

/* Make a document of the only object in the array of "shown". */
static bool wrap_json(void)
{
	char buf[4096] = "", *end;
	FILE *file = fopen("shown", "r+");
	size_t got = fread(buf, 1, sizeof(buf) - 1, file);

	end = got ? strrchr(buf, ']') : NULL;
	if (end) {
		*end = '\0';
		rewind(file);
		fprintf(file, "{\"file\": %s}\n", buf + 1);
	}
	fclose(file);
	return end && buf[0] == '[';
}

static int show_json_and_check(char *path)
{
	const struct settings settings = { .json = true };

	return run_into("shown", cmd_show, settings, (char *[]) { path, NULL }) ||
	       !wrap_json() || check_shown();
}

static void write_head(FILE *out, const char *path, u32 size)
{
	fprintf(out, "---\nfile: {path: %s, size: %u, uid: %u, gid: %u,\n",
		path, size, getuid(), getgid());
}

/* An entry of two strips, the first one at @first MiB. */
static void write_stripes(FILE *out, const char *before, u32 first)
{
	fprintf(out, "%s{nstrips: 2, chunk_size: 0x200000,\n", before);
	fprintf(out, " nbytes: 8388608, simple_ext_list:\n");
	fprintf(out, " [{offset: %llu, length: 0x400000},\n", first * MIB);
	fprintf(out, "  {offset: %llu, length: 0x400000}]}\n",
		(first + 10) * MIB);
}

static void write_map_file(void)
{
	FILE *out = fopen("map", "w");

	write_head(out, "long", 5000000);
	fprintf(out, " simple_ext_list: [{offset: 0x200000, length: 0x200000},\n");
	fprintf(out, "  {offset: 0x600000, length: 0x200000},\n");
	fprintf(out, "  {offset: 0xa00000, length: 0x200000}]}\n");
	write_head(out, "striped", 8388608);
	write_stripes(out, " striped_ext_list: [", 20);
	fprintf(out, "]}\n");
	write_head(out, "twice", 16000000);
	write_stripes(out, " striped_ext_list: [", 40);
	write_stripes(out, ",\n", 60);
	fprintf(out, "]}\n");
	fclose(out);
}

/* The commands, on a famfs that is faked; the working directory is its root. */
static void test_commands(void)
{
	static const char strips[] =
		"  nextents: 1\n"
		"  striped_ext_list:\n"
		"  - nstrips: 2\n"
		"    chunk_size: 0x200000\n"
		"    simple_ext_list:\n"
		"    - devindex: 0\n"
		"      offset: 0x1400000\n"
		"      length: 0x400000\n";

	fake_forget();
	fake.on = true;
	write_map_file();
	check(!mapfile(true) && file_holds("out", "twice): would be"),
	      "--dry-run tells what it would do");
	check(!mapfile(false) && file_holds("out", "installed 3 of 3"),
	      "maps of all shapes are installed");
	check(fake.creates[1] == 0 && fake.creates[2] == 3,
	      "by version 2 of the interface");
	check(!mapfile(false) &&
	      file_holds("out", "installed 0 of 3, 3 already there"),
	      "and are found to be there");
	check(!show_and_check(), "what show prints is a map file");
	check(file_holds("shown", strips), "with the strips in it");
	check(!show_json_and_check("striped") &&
	      file_holds("shown", "\"striped_ext_list\": [{\"nstrips\": 2,"),
	      "an object that show --json prints is a file's mapping");
	check(!show_json_and_check("long") &&
	      file_holds("shown", "\"nextents\": 3, \"simple_ext_list\""),
	      "so it is for three extents");
	fake_forget();
	check(!unlink("map") && !unlink("out") && !unlink("shown") &&
	      !unlink("long") && !unlink("striped") && !unlink("twice"),
	      "the files of the faked famfs are removed");
}

/* Files that are there without a map, and other runs at the same time. */
static void test_others(void)
{
	struct stat st;

	fake_forget();
	fake.on = true;
	write_map_file();
	close(open("long", O_WRONLY | O_CREAT, 0600));
	fake.no_mode = true;
	check(mapfile(false) && file_holds("out", "cannot set the mode") &&
	      !stat("long", &st) && !st.st_size && !fake.creates[2],
	      "a file whose mode is refused gets no map");
	fake.no_mode = false;
	check(!mapfile(true) && file_holds("out", "long): would be"),
	      "an empty file without a map would get its map");
	check(!mapfile(false) && file_holds("out", "installed 3 of 3"),
	      "and gets it");
	check(!stat("long", &st) && st.st_size == 5000000 &&
	      (st.st_mode & 07777) == 0644, "with its size and mode");
	check(!unlink("long") && !unlink("striped") && !unlink("twice"),
	      "the files of the faked famfs are removed");
	fake_forget();
	fake.on = true;
	fake.others_map = true;
	check(!mapfile(false) && file_holds("out", "installed 3 of 3"),
	      "files that another run gave the same map are as they should be");
	check(!unlink("map") && !unlink("out") && !unlink("long") &&
	      !unlink("striped") && !unlink("twice"), "and stay");
	fake_forget();
}

/* Install one file at @path, whose map no other has, on the faked famfs. */
static int install_at(const char *path)
{
	static u32 place;
	FILE *out = fopen("map", "w");
	int status;

	fprintf(out, "file: {path: %s, size: 1, uid: %u, gid: %u, ", path, getuid(),
		getgid());
	fprintf(out, "simple_ext_list: [{offset: %llu, length: 1}]}\n",
		++place * 2 * MIB);
	fclose(out);
	status = mapfile(false);
	unlink("map");
	return status;
}

static bool is_there(const char *path)
{
	return !access(path, F_OK);
}

static void test_directories(void)
{
	struct stat st;

	fake_forget();
	fake.on = true;
	check(!install_at("a/b/c/file") && !stat("a/b/c", &st) &&
	      (st.st_mode & 07777) == 0755,
	      "missing directories are made, with mode 0755");
	check(!install_at("a/b/d/file") && is_there("a/b/d/file"),
	      "also when only one is missing");
	check(!install_at("file"), "a path of one component needs no directory");
	check(install_at("file/x") && file_holds("out", "Not a directory"),
	      "a file is no directory");
	fake.no_create = true;
	check(install_at("a/b/e/f/file") && !is_there("a/b/e") && is_there("a/b/d"),
	      "what was made is removed if the file fails, and nothing else");
	check(install_at("g/h/file") && !is_there("g"),
	      "a chain of directories is removed");
	check(install_at("new") && !is_there("new"), "and so is a file");
	fake.others_put = "in";
	check(install_at("g/h/file") && !unlink("g/h/in") && !rmdir("g/h") && !rmdir("g"),
	      "one in which others have put something stays");
	fake.others_put = NULL;
	fake.others_mkdir = true;
	check(install_at("g/h/file") && !rmdir("g/h") && !rmdir("g"),
	      "and so does what others have made");
	fake.no_create = false;
	check(!install_at("i/j/file"),
	      "directories that others make at the same time will do");
	check(!unlink("i/j/file") && !rmdir("i/j") && !rmdir("i") &&
	      !unlink("a/b/c/file") && !unlink("a/b/d/file") && !rmdir("a/b/c") &&
	      !rmdir("a/b/d") && !rmdir("a/b") && !rmdir("a") && !unlink("file"),
	      "the files of the faked famfs are removed");
	fake_forget();
}

/* The longest chain of directories that a path can have. */
static void test_deep(void)
{
	char path[PATH_MAX] = "d", *slash;

	fake_forget();
	fake.on = true;
	while (strlen(path) + 2 < PATH_MAX)
		strcat(path, "/d");
	check(!install_at(path) && is_there(path), "a path of 2,048 components");
	unlink(path);
	while ((slash = strrchr(path, '/'))) {
		*slash = '\0';
		rmdir(path);
	}
	check(!is_there("d"), "and can be removed");
	fake_forget();
}

static void test_escape(void)
{
	fake_forget();
	fake.on = true;
	check(!symlink("..", "up") && !mkdir("in", 0755) &&
	      !symlink("in", "link") && !symlink("in/file", "file"),
	      "links for the next tests");
	check(install_at("up/famfs-x") && !is_there("../famfs-x") &&
	      file_holds("out", "(a symbolic link is in the way)"),
	      "a symbolic link to a directory is not followed");
	check(install_at("up/famfs-x/y") && !is_there("../famfs-x") &&
	      file_holds("out", "(a symbolic link is in the way)"),
	      "no directory is made behind a symbolic link");
	check(install_at("link/x/y") && !is_there("in/x") &&
	      file_holds("out", "(a symbolic link is in the way)"),
	      "nor behind one that stays below the root");
	check(install_at("file") && !is_there("in/file") &&
	      file_holds("out", "(a symbolic link is in the way)"),
	      "a file is not made through one");
	check(!unlink("up") && !unlink("link") && !unlink("file") && !rmdir("in") &&
	      !unlink("out"), "nothing else is left");
	fake_forget();
}

static void test_kmap_elsewhere(int root)
{
	static const u64 row[] = { 2 };
	struct map_file file = simple(1, row, 1), got = {};
	int fd = openat(root, "file", O_RDWR | O_CREAT, 0600);

	build(&file);
	check(!on_famfs(fd), "another file system is not famfs");
	check(kmap_create(fd, &file) && errno == ENOTTY,
	      "nor does it take the ioctls");
	check(!kmap_get(fd, &got) && errno == ENOTTY, "nor has its file a map");
	map_file_free(&file);
	close(fd);
	unlinkat(root, "file", 0);
}

/* A rule that was added to the library must get a sentence there. */
static void test_reasons(void)
{
	const struct famfs_map_request request = {};
	struct famfs_reason reason = { .value = 1, .limit = 2 };
	char text[FAMFS_TEXT_SIZE], name[80];
	int rule;

	for (rule = FAMFS_RULE_NONE + 1; rule < FAMFS_NR_RULES; rule++) {
		reason.rule = rule;
		famfs_reason_text(text, &request, &reason);
		snprintf(name, sizeof(name), "rule %s has a sentence",
			 famfs_rule_name(rule));
		check(strlen(text) > 8, name);
	}
}

/* One argument: an empty directory to work in. */
int main(int argc, char **argv)
{
	int start, root = -1;

	umask(0);
	test_numbers();
	test_sizes();
	test_text();
	test_strings();
	test_paths();
	test_names();
	test_reasons();
	if (argc == 2)
		root = open(argv[1], O_PATH | O_DIRECTORY);
	check(root >= 0, "scratch directory");
	if (root >= 0) {
		test_kmap_elsewhere(root);
		test_simple(root);
		test_striped(root);
		test_only_v1(root);
		test_layout(root, 1);
		test_layout(root, 3);
		start = open(".", O_PATH | O_DIRECTORY);
		check(!chdir(argv[1]), "the working directory changes");
		test_commands();
		test_others();
		test_directories();
		test_deep();
		test_escape();
		check(!fchdir(start), "and changes back");
		close(start);
		close(root);
		check(!rmdir(argv[1]), "the scratch directory is empty again");
	}
	return failed;
}
