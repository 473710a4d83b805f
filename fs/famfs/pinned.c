// SPDX-License-Identifier: GPL-2.0
/*
 * famfs: pages that somebody still uses when their file goes away.
 *
 * Direct I/O of another file system, vmsplice(2) and the like hold references to
 * pages of a mapped file that outlast the mapping and the file.  The unit that such a
 * page is in lingers: it belongs to nobody, and not to another file, until the last
 * reference is dropped.  Nothing waits for that but an entry in the queue that the
 * kernel wakes then.  It does not always, see famfs_wait_page(), so the units that wait
 * are looked at now and then.
 */
#include <linux/dax.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>
#include "event.h"

/**
 * struct famfs_lingering - a unit whose file is gone while a page of it is in use
 * @device: the device, of whose set this has a reference
 * @addr: first byte of the unit on the device
 * @length: bytes that the file had of it, rounded up to pages
 * @page: the page that is waited for
 * @wait: in the queue that is woken when nobody uses it
 * @woken: among those to look at
 * @list: among those that wait, once the work has looked at it
 */
struct famfs_lingering {
	struct famfs_device *device;
	u64 addr;
	u64 length;
	struct page *page;
	struct wait_queue_entry wait;
	struct llist_node woken;
	struct list_head list;
};

static LLIST_HEAD(woken_units);
static LIST_HEAD(waiting_units);	/* the work's alone */
static struct workqueue_struct *pinned_wq;
static bool look_at_all;		/* also at those that nobody woke */
static void look_at_units(struct work_struct *work);
static DECLARE_WORK(pinned_work, look_at_units);
static void look_again(struct work_struct *work);
static DECLARE_DELAYED_WORK(again_work, look_again);

/**
 * famfs_pinned_init() - get ready to release units later
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int famfs_pinned_init(void)
{
	pinned_wq = alloc_workqueue("famfs", WQ_UNBOUND, 0);
	return pinned_wq ? 0 : -ENOMEM;
}

/**
 * famfs_pinned_exit() - undo famfs_pinned_init()
 *
 * Context: May sleep.  No unit lingers, but work may be just ending.
 */
void famfs_pinned_exit(void)
{
	cancel_delayed_work_sync(&again_work);
	synchronize_rcu();	/* who woke the last unit may be about to queue the work */
	destroy_workqueue(pinned_wq);
}

/*
 * Called under the lock of the queue.  Once the unit is in woken_units it belongs to the
 * work, which may free it.
 */
static int wake_unit(struct wait_queue_entry *wait, unsigned int mode, int sync,
		     void *key)
{
	struct famfs_lingering *unit = container_of(wait,
						    struct famfs_lingering,
						    wait);
	const struct wait_bit_key *woken = key;

	if (woken->flags != famfs_page_var(unit->page))
		return 0;
	list_del_init(&wait->entry);
	llist_add(&unit->woken, &woken_units);
	queue_work(pinned_wq, &pinned_work);
	return 0;
}

/* False if the unit is among those to look at by now. */
static bool stop_waiting(struct famfs_lingering *unit)
{
	struct wait_queue_head *queue = __var_waitqueue(famfs_page_var(unit->page));
	bool waited;

	spin_lock_irq(&queue->lock);
	waited = !list_empty(&unit->wait.entry);
	list_del_init(&unit->wait.entry);
	spin_unlock_irq(&queue->lock);
	return waited;
}

/* Have the unit woken when @page is idle; false if it is. */
static bool wait_for(struct famfs_lingering *unit, struct page *page)
{
	struct wait_queue_head *queue = __var_waitqueue(famfs_page_var(page));

	unit->page = page;
	init_waitqueue_func_entry(&unit->wait, wake_unit);
	INIT_LIST_HEAD(&unit->wait.entry);
	add_wait_queue(queue, &unit->wait);
	/* Pairs with whoever drops the last reference, and then wakes. */
	smp_mb();
	return famfs_page_busy(page) || !stop_waiting(unit);
}

/*
 * Nobody uses the unit any more.  A line that the last use made dirty could otherwise be
 * written back over another file's data.
 */
static void release_unit(struct famfs_lingering *unit)
{
	struct famfs_device *device = unit->device;

	famfs_recover_pages(device, unit->addr, unit->length);
	famfs_device_flush(device, unit->addr, unit->length);
	pmem_wmb();
	famfs_owner_release_unit(device, unit->addr, unit->length);
	famfs_devices_put(device->set);
	kfree(unit);
	module_put(THIS_MODULE);	/* famfs_pinned_exit() waits for us */
}

static void look_at(struct famfs_lingering *unit)
{
	struct page *page;

	list_del_init(&unit->list);
	do {
		page = famfs_device_busy(unit->device, unit->addr, unit->length);
	} while (page && !wait_for(unit, page));
	if (page)
		list_add(&unit->list, &waiting_units);
	else
		release_unit(unit);
	cond_resched();
}

static void look_at_waiting(void)
{
	struct famfs_lingering *unit, *next;
	LIST_HEAD(waited);

	list_splice_init(&waiting_units, &waited);
	list_for_each_entry_safe(unit, next, &waited, list) {
		if (!famfs_page_busy(unit->page) && stop_waiting(unit))
			look_at(unit);
		else
			list_move(&unit->list, &waiting_units);
		cond_resched();
	}
}

static void look_at_units(struct work_struct *work)
{
	struct famfs_lingering *unit, *next;

	llist_for_each_entry_safe(unit, next, llist_del_all(&woken_units), woken)
		look_at(unit);
	if (xchg(&look_at_all, false))
		look_at_waiting();
	if (!list_empty(&waiting_units))
		queue_delayed_work(pinned_wq, &again_work, FAMFS_LOOK_AGAIN);
}

static void look_again(struct work_struct *work)
{
	WRITE_ONCE(look_at_all, true);
	queue_work(pinned_wq, &pinned_work);
}

static void linger(struct inode *inode, unsigned long nr)
{
	struct famfs_lingering *unit;
	struct famfs_range range;

	unit = kzalloc(sizeof(*unit), GFP_KERNEL_ACCOUNT | __GFP_NOFAIL);
	unit->device = famfs_unit_resolve(inode, nr, &range);
	unit->addr = range.addr;
	unit->length = range.length;
	kref_get(&unit->device->set->ref);
	__module_get(THIS_MODULE);
	famfs_owner_linger(unit->device, unit->addr, unit->length);
	famfs_unit_detach(inode, nr);
	INIT_LIST_HEAD(&unit->list);
	llist_add(&unit->woken, &woken_units);
	queue_work(pinned_wq, &pinned_work);
}

/**
 * famfs_pinned_release() - forget what was mapped of a file
 * @inode: the file, being evicted; all that was stored is written back
 *
 * What somebody uses pages of lingers.  A process may well wait here for a pin of
 * its own, so this does not wait.
 *
 * Context: May sleep.
 */
void famfs_pinned_release(struct inode *inode)
{
	unsigned long unit = 0;

	for (; famfs_unit_next(inode, &unit, ULONG_MAX, FAMFS_UNIT_MAPPED);
	     unit++) {
		if (famfs_unit_busy(inode, unit))
			linger(inode, unit);
		else
			famfs_unit_retire(inode, unit);
		cond_resched();
	}
}

/**
 * famfs_pinned_settle() - have released what nobody uses any more
 *
 * Who drops the last reference to a page only queues the release of its unit.  After
 * this, only what is still in use keeps its memory, its device and the module.
 *
 * Context: May sleep.
 */
void famfs_pinned_settle(void)
{
	look_again(NULL);
	flush_work(&pinned_work);
}

