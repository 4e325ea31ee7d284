/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's queue: places, admission, and tasks on their way to a worker or back. */
#include "base/clock.h"
#include "base/generation.h"
#include "engine/device.h"
#include "engine/pool.h"
#include "engine/workers.h"

void atls_pool_offer_room(unsigned int places)
{
	struct atls_task *task;

	do {
		pthread_mutex_lock(&atls_pool.lock);
		task = places || !atls_pool.queued ? atls_tasklist_pop(&atls_pool.waiting) : NULL;
		pthread_mutex_unlock(&atls_pool.lock);
		if (task) {
			atls_task_offer_room(task);
			atls_task_unref(task);
		}
		places -= places > 0;
	} while (task);
}

void atls_pool_return_queue(void)
{
	struct atls_task *task;

	do {
		pthread_mutex_lock(&atls_pool.lock);
		task = atls_tasklist_pop(&atls_pool.queue);
		pthread_mutex_unlock(&atls_pool.lock);
		if (task) {
			atls_task_return(task);
			atls_task_unref(task);
		}
	} while (task);
}

/* Under lock. True if the task is in one of our lists. */
static bool is_ours(const struct atls_task *task)
{
	return task->prev && !atls_workers_inherited(task);
}

/* Under lock. One that was offered room, and found it taken, goes before the others. */
static void await_room(struct atls_task *task)
{
	bool returns = atls_task_state(task) == ATLS_TASK_ROOM;

	atomic_store_explicit(&task->state, ATLS_TASK_PENDING, memory_order_release);
	if (is_ours(task))
		return;
	task->generation = atls_generation;
	task->queued = false;
	atomic_fetch_add(&task->refs, 1);
	if (returns)
		atls_tasklist_prepend(&atls_pool.waiting, task);
	else
		atls_tasklist_append(&atls_pool.waiting, task);
}

/* Under lock. */
static void forget_waiting(struct atls_task *task)
{
	if (!is_ours(task))
		return;
	atls_tasklist_remove(&atls_pool.waiting, task);
	atomic_fetch_sub(&task->refs, 1); /* not the last: the caller has one */
}

enum atls_room atls_workers_reserve(struct atls_task *task, bool wait)
{
	const struct atls_spec *spec = atls_device_spec();
	enum atls_room room = ATLS_ROOM_THERE;

	pthread_mutex_lock(&atls_pool.lock);
	if (atls_pool.nworkers < spec->workers && !atls_pool.stopping)
		atls_pool_start_workers(spec->workers);
	if (!atls_pool.nworkers)
		room = ATLS_ROOM_NO_WORKER;
	else if (spec->max_inflight && atls_pool.inflight >= spec->max_inflight)
		room = ATLS_ROOM_TOO_MANY;
	else if (atls_pool.queued >= spec->queue)
		room = ATLS_ROOM_NONE;
	if (room == ATLS_ROOM_NONE && wait) {
		await_room(task);
	} else {
		forget_waiting(task);
		atls_pool.queued += room == ATLS_ROOM_THERE;
		atls_pool.inflight += room == ATLS_ROOM_THERE;
	}
	pthread_mutex_unlock(&atls_pool.lock);
	return room;
}

void atls_workers_submit(struct atls_task *task)
{
	bool all, ends;

	pthread_mutex_lock(&atls_pool.lock);
	task->generation = atls_generation;
	atomic_store_explicit(&task->state, ATLS_TASK_PENDING, memory_order_release);
	atomic_fetch_add(&task->refs, 1);
	task->queued = true;
	task->submitted_ns = atls_device_spec()->nlatencies ? atls_clock_ns() : 0;
	atls_tasklist_append(&atls_pool.queue, task);
	/* A signal might reach a worker that the specification no longer wants. */
	all = atls_pool.nworkers > atls_device_spec()->workers;
	ends = atls_pool.stopping;
	/* Unlocked first, or the worker would wake up to wait for the lock. */
	pthread_mutex_unlock(&atls_pool.lock);
	if (all)
		pthread_cond_broadcast(&atls_pool.work);
	else
		pthread_cond_signal(&atls_pool.work);
	if (ends)
		atls_pool_return_queue();
}

bool atls_workers_inherited(const struct atls_task *task)
{
	return task->generation != atls_generation;
}

/* Under lock. Leave the list that the task is in. */
static void unlist(struct atls_task *task)
{
	atls_tasklist_remove(task->queued ? &atls_pool.queue : &atls_pool.waiting, task);
	atls_pool.queued -= task->queued;
	atls_pool.inflight -= task->queued;
	task->queued = false;
}

bool atls_workers_withdraw(struct atls_task *task)
{
	bool listed;

	pthread_mutex_lock(&atls_pool.lock);
	listed = task->prev || (atls_workers_inherited(task) && !task->begun);
	if (is_ours(task))
		unlist(task);
	task->prev = NULL; /* the parent's lists are not here */
	pthread_mutex_unlock(&atls_pool.lock);
	if (listed)
		atls_task_unref(task); /* the workers' reference */
	atls_pool_offer_room(1);
	return listed;
}
