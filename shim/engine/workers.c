/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's worker threads and their queue. */
#include "engine/workers.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/generation.h"
#include "base/thread.h"
#include "engine/alarm.h"
#include "engine/device.h"

#define MAX_BATCH 64
/* Shorter waits than this are spun: a sleep's end comes a few microseconds late. */
#define SPIN_NS 8000
/* How long a fork, or the process's end, waits for operations that are under way. */
#define PATIENCE_S 2

struct list {
	struct atls_task *first, **last; /* last is the place of the next */
};

/* All fields under lock, but stopping, which is written under it. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct list queue;	/* FIFO */
	struct list waiting;	/* for room */
	unsigned int queued;	/* places taken, submitted or not */
	unsigned int computing; /* workers inside OpenSSL */
	pthread_cond_t idle;	/* no worker is */
	unsigned int nworkers;
	pthread_t workers[ATLS_SPEC_MAX_WORKERS]; /* of this process */
	_Atomic uint32_t stopping;		  /* a futex */
} engine = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.work = PTHREAD_COND_INITIALIZER,
	.idle = PTHREAD_COND_INITIALIZER,
	.queue.last = &engine.queue.first,
	.waiting.last = &engine.waiting.first,
};

static void append(struct list *list, struct atls_task *task)
{
	task->next = NULL;
	task->prev = list->last;
	*list->last = task;
	list->last = &task->next;
}

static void prepend(struct list *list, struct atls_task *task)
{
	task->next = list->first;
	task->prev = &list->first;
	if (task->next)
		task->next->prev = &task->next;
	else
		list->last = &task->next;
	list->first = task;
}

static void unlink_task(struct list *list, struct atls_task *task)
{
	*task->prev = task->next;
	if (task->next)
		task->next->prev = task->prev;
	else
		list->last = task->prev;
	task->prev = NULL;
}

static struct atls_task *pop(struct list *list)
{
	struct atls_task *task = list->first;

	if (task)
		unlink_task(list, task);
	return task;
}

/* What a worker has taken on. */
struct batch {
	struct atls_task *task[MAX_BATCH];
	unsigned int n;
	uint64_t free_ns; /* when the device was done with the worker's last one */
};

/*
 * Offer room to waiting tasks: to as many as places became free, or to all if all places are free,
 * since not every task that is offered room is submitted. Without the lock.
 */
static void offer_room(unsigned int places)
{
	struct atls_task *task;

	do {
		pthread_mutex_lock(&engine.lock);
		task = places || !engine.queued ? pop(&engine.waiting) : NULL;
		pthread_mutex_unlock(&engine.lock);
		if (task) {
			atls_task_offer_room(task);
			atls_task_unref(task);
		}
		places -= places > 0;
	} while (task);
}

/* Wait for work and take it. False when the process ends. */
static bool take(struct batch *b, unsigned int number)
{
	const struct atls_spec *spec;
	bool anybody_waits;

	b->n = 0;
	pthread_mutex_lock(&engine.lock);
	/* A worker more than the specification now wants leaves the work to others. */
	while (spec = atls_device_spec(),
	       !engine.stopping && (!engine.queue.first || number >= spec->workers))
		pthread_cond_wait(&engine.work, &engine.lock);
	while (!engine.stopping && b->n < spec->batch && (b->task[b->n] = pop(&engine.queue))) {
		b->n++;
		engine.queued--;
	}
	engine.computing += b->n > 0;
	anybody_waits = engine.waiting.first;
	pthread_mutex_unlock(&engine.lock);
	if (anybody_waits)
		offer_room(b->n);
	return b->n;
}

/* Not at all if the process ends. */
static void sleep_until(int64_t due_ns)
{
	int64_t wake_ns = due_ns - SPIN_NS;
	struct timespec at = { .tv_sec = wake_ns / 1000000000, .tv_nsec = wake_ns % 1000000000 };

	while (!engine.stopping && atls_clock_ns() < wake_ns)
		syscall(SYS_futex, &engine.stopping, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, &at,
			NULL, FUTEX_BITSET_MATCH_ANY);
	while (!engine.stopping && atls_clock_ns() < due_ns)
		;
}

/* The results are there: from now on a forked child can have them, too. */
static void note_computed(struct batch *b)
{
	pthread_mutex_lock(&engine.lock);
	for (unsigned int i = 0; i < b->n; i++)
		b->task[i]->computed = true;
	if (!--engine.computing)
		pthread_cond_signal(&engine.idle);
	pthread_mutex_unlock(&engine.lock);
}

/*
 * A batch goes through the device side by side: it takes as long as its slowest operation. It
 * begins when it was submitted, or when this part of the device was free again: how late threads
 * are woken is the machine's affair, and not the device's.
 */
static void run(struct batch *b)
{
	const struct atls_spec *spec = atls_device_spec();
	uint64_t begin_ns = b->free_ns, slowest_ns = 0, now;

	for (unsigned int i = 0; i < b->n; i++) {
		uint64_t service_ns = atls_device_service_ns(spec, b->task[i]->what);

		slowest_ns = service_ns > slowest_ns ? service_ns : slowest_ns;
		if (b->task[i]->submitted_ns > begin_ns)
			begin_ns = b->task[i]->submitted_ns;
		atls_task_compute(b->task[i]);
	}
	note_computed(b);
	if (slowest_ns) {
		now = atls_clock_ns();
		b->free_ns = begin_ns + slowest_ns > now ? begin_ns + slowest_ns : now;
		sleep_until(b->free_ns);
	}
	for (unsigned int i = 0; i < b->n; i++) {
		atls_task_complete(b->task[i]);
		atls_task_unref(b->task[i]);
	}
}

static void *work(void *number)
{
	struct batch b = { .free_ns = 0 };
	char name[16];

	atls_self.worker = true;
	snprintf(name, sizeof(name), "asynctls-eng/%u", (unsigned int)(uintptr_t)number % 100);
	pthread_setname_np(pthread_self(), name);
	prctl(PR_SET_TIMERSLACK, 1); /* the kernel would make each sleep 50 us longer */
	while (take(&b, (unsigned int)(uintptr_t)number))
		run(&b);
	return NULL;
}

/* The program's signals are for the program's threads. */
static void start_workers(unsigned int wanted)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (engine.nworkers < wanted &&
	       !pthread_create(&engine.workers[engine.nworkers], NULL, work,
			       (void *)(uintptr_t)engine.nworkers))
		engine.nworkers++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/*
 * At exit, before OpenSSL's own exit handler frees what a worker may be using: handlers run in
 * reverse order, and OpenSSL's was registered when it was first used, ahead of the first task. An
 * operation that takes for ever (a remote key) is left behind after a while.
 */
static void stop_workers(void)
{
	struct timespec until;
	unsigned int n;

	pthread_mutex_lock(&engine.lock);
	n = engine.nworkers;
	engine.nworkers = 0;
	engine.stopping = 1;
	pthread_cond_broadcast(&engine.work);
	pthread_mutex_unlock(&engine.lock);
	syscall(SYS_futex, &engine.stopping, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	for (unsigned int i = 0; i < n; i++)
		pthread_timedjoin_np(engine.workers[i], NULL, &until);
	atls_alarm_stop();
}

/*
 * A worker inside OpenSSL may hold locks of its, which nobody would release in the child. So fork
 * when none is; not for ever, as an operation may depend on the child.
 */
static void before_fork(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	pthread_mutex_lock(&engine.lock);
	while (engine.computing && !pthread_cond_timedwait(&engine.idle, &engine.lock, &until))
		;
	atls_alarm_before_fork();
	atls_notifier_before_fork();
}

static void after_fork_parent(void)
{
	atls_notifier_after_fork(false);
	atls_alarm_after_fork(0);
	pthread_mutex_unlock(&engine.lock);
}

/* The child has no workers, and the parent's tasks are none of its business. */
static void after_fork_child(void)
{
	atls_alarm_after_fork(1);
	engine.queue = (struct list){ .last = &engine.queue.first };
	engine.waiting = (struct list){ .last = &engine.waiting.first };
	engine.queued = 0;
	engine.nworkers = 0;
	engine.computing = 0;
	atls_generation++;
	pthread_cond_init(&engine.work, NULL);
	pthread_cond_init(&engine.idle, NULL);
	pthread_mutex_init(&engine.lock, NULL);
	atls_notifier_after_fork(true);
}

static void prepare(void)
{
	pthread_atfork(before_fork, after_fork_parent, after_fork_child);
	atexit(stop_workers);
}

void atls_workers_prepare(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, prepare);
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
		prepend(&engine.waiting, task);
	else
		append(&engine.waiting, task);
}

/* Under lock. */
static void forget_waiting(struct atls_task *task)
{
	if (!is_ours(task))
		return;
	unlink_task(&engine.waiting, task);
	atomic_fetch_sub(&task->refs, 1); /* not the last: the caller has one */
}

enum atls_room atls_workers_reserve(struct atls_task *task, bool wait)
{
	const struct atls_spec *spec = atls_device_spec();
	enum atls_room room = ATLS_ROOM_THERE;

	pthread_mutex_lock(&engine.lock);
	if (engine.nworkers < spec->workers && !engine.stopping)
		start_workers(spec->workers);
	if (!engine.nworkers)
		room = ATLS_ROOM_NO_WORKER;
	else if (engine.queued >= spec->queue)
		room = ATLS_ROOM_NONE;
	if (room == ATLS_ROOM_NONE && wait) {
		await_room(task);
	} else {
		forget_waiting(task);
		engine.queued += room == ATLS_ROOM_THERE;
	}
	pthread_mutex_unlock(&engine.lock);
	return room;
}

void atls_workers_submit(struct atls_task *task)
{
	bool all;

	pthread_mutex_lock(&engine.lock);
	task->generation = atls_generation;
	atomic_store_explicit(&task->state, ATLS_TASK_PENDING, memory_order_release);
	atomic_fetch_add(&task->refs, 1);
	task->queued = true;
	task->submitted_ns = atls_device_spec()->nlatencies ? atls_clock_ns() : 0;
	append(&engine.queue, task);
	/* A signal might reach a worker that the specification no longer wants. */
	all = engine.nworkers > atls_device_spec()->workers;
	/* Unlocked first, or the worker would wake up to wait for the lock. */
	pthread_mutex_unlock(&engine.lock);
	if (all)
		pthread_cond_broadcast(&engine.work);
	else
		pthread_cond_signal(&engine.work);
}

bool atls_workers_inherited(const struct atls_task *task)
{
	return task->generation != atls_generation;
}

/* Under lock. Leave the list that the task is in. */
static void unlist(struct atls_task *task)
{
	unlink_task(task->queued ? &engine.queue : &engine.waiting, task);
	engine.queued -= task->queued;
	task->queued = false;
}

bool atls_workers_withdraw(struct atls_task *task)
{
	bool listed;

	pthread_mutex_lock(&engine.lock);
	listed = task->prev != NULL;
	if (is_ours(task))
		unlist(task);
	task->prev = NULL; /* the parent's lists are not here */
	pthread_mutex_unlock(&engine.lock);
	if (listed)
		atls_task_unref(task); /* the workers' reference */
	offer_room(1);
	return listed;
}
