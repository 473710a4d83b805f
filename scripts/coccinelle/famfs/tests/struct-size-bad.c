// SPDX-License-Identifier: GPL-2.0
struct table {
	u32 nr;
	struct entry entry[] __counted_by(nr);
};

struct holder {
	struct table *table;
};

static void *allocate(struct holder *holder, u32 nr)
{
	struct table *table __free(kvfree) = kzalloc(sizeof(*table), GFP_KERNEL); /* bad */
	struct entry *list;
	size_t size;

	table = kvzalloc(sizeof(*table) + nr * sizeof(table->entry[0]), GFP_KERNEL); /* bad */
	table = kmalloc(sizeof(struct table), GFP_KERNEL); /* bad */
	holder->table = kvmalloc(sizeof(*holder->table), GFP_KERNEL); /* bad */
	table = devm_kzalloc(dev, sizeof(*table), GFP_KERNEL); /* bad */
	table = kcalloc(nr, sizeof(*table), GFP_KERNEL); /* bad */
	list = kmalloc(nr * sizeof(*list), GFP_KERNEL); /* bad */
	list = kvmalloc(sizeof(struct entry) * nr, GFP_KERNEL); /* bad */
	list = krealloc(list, sizeof(*list) * (nr + 1), GFP_KERNEL); /* bad */
	size = sizeof(struct table) + nr; /* bad */
	return vmalloc(nr * sizeof(u64)); /* bad */
}
