// SPDX-License-Identifier: GPL-2.0
struct table {
	u32 nr;
	struct entry entry[] __counted_by(nr);
};

struct fixed {
	u32 nr;
	struct entry entry[4];
};

static void *allocate(u32 nr)
{
	struct fixed *fixed = kzalloc(sizeof(*fixed), GFP_KERNEL);
	struct entry *list = kvmalloc_array(nr, sizeof(*list), GFP_KERNEL);
	struct table *table;
	u32 ratio = sizeof(*fixed) / sizeof(*list);

	table = kvzalloc(struct_size(table, entry, nr), GFP_KERNEL);
	list = kcalloc(nr, sizeof(struct entry), GFP_KERNEL);
	memset(list, ratio, array_size(nr, sizeof(*list)));
	return table;
}
