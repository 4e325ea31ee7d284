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
#include "engine/placement.h"
#include "engine/tasklist.h"

#define MAX_BATCH 64
/* Shorter waits than this are spun: a sleep's end comes a few microseconds late. */
#define SPIN_NS 8000
/* How long a fork, and the process's end, wait for operations that are under way. */
#define FORK_NS 1000000
#define PATIENCE_NS 2000000000

/* All fields under lock; those that are atomic are written under it. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t work;	      /* for workers: something to do, or a fork is over */
	pthread_cond_t idle;	      /* one of those below is 0; waits by CLOCK_MONOTONIC */
	struct atls_tasklist queue;   /* FIFO */
	struct atls_tasklist waiting; /* for room */
	unsigned int queued;	      /* places taken, submitted or not */
	unsigned int inflight;	      /* places taken and not complete */
	unsigned int computing;	      /* workers inside OpenSSL */
	unsigned int preparing;	      /* of these, those at a key that is new to OpenSSL */
	unsigned int busy;	      /* workers that have a batch */
	unsigned int nworkers;	      /* threads of this process */
	_Atomic unsigned int forking; /* threads about to fork: no operation is begun */
	_Atomic uint32_t stopping;    /* the process ends; a futex */
} engine = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.work = PTHREAD_COND_INITIALIZER,
	.queue.last = &engine.queue.first,
	.waiting.last = &engine.waiting.first,
};

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
		task = places || !engine.queued ? atls_tasklist_pop(&engine.waiting) : NULL;
		pthread_mutex_unlock(&engine.lock);
		if (task) {
			atls_task_offer_room(task);
			atls_task_unref(task);
		}
		places -= places > 0;
	} while (task);
}

/* Under lock. Nothing to do for this worker, or not now. */
static bool must_rest(unsigned int number)
{
	/* A worker more than the specification now wants leaves the work to others. */
	return engine.stopping || !engine.queue.first || number >= atls_device_spec()->workers;
}

/* Wait for work and take it; for ever if the process ends. */
static void take(struct batch *b, unsigned int number)
{
	bool anybody_waits;

	b->n = 0;
	pthread_mutex_lock(&engine.lock);
	while (must_rest(number))
		pthread_cond_wait(&engine.work, &engine.lock);
	while (b->n < atls_device_spec()->batch &&
	       (b->task[b->n] = atls_tasklist_pop(&engine.queue))) {
		b->n++;
		engine.queued--;
	}
	engine.busy++;
	anybody_waits = engine.waiting.first;
	pthread_mutex_unlock(&engine.lock);
	if (anybody_waits)
		offer_room(b->n);
}

/* Count this worker in, or out: inside OpenSSL, and perhaps at a fresh key. A fork goes first. */
static void enter_openssl(struct atls_task *task)
{
	pthread_mutex_lock(&engine.lock);
	while (engine.forking)
		pthread_cond_wait(&engine.work, &engine.lock);
	engine.computing++;
	engine.preparing += task->fresh;
	task->begun = true;
	pthread_mutex_unlock(&engine.lock);
}

static void leave_openssl(struct atls_task *task)
{
	pthread_mutex_lock(&engine.lock);
	task->computed = true; /* from now on a forked child can have the result, too */
	engine.computing--;
	engine.preparing -= task->fresh;
	if (engine.forking)
		pthread_cond_broadcast(&engine.idle);
	pthread_mutex_unlock(&engine.lock);
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

static void note_complete(const struct batch *b)
{
	pthread_mutex_lock(&engine.lock);
	engine.inflight -= b->n;
	if (!--engine.busy)
		pthread_cond_broadcast(&engine.idle);
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
		enter_openssl(b->task[i]);
		atls_task_compute(b->task[i]);
		leave_openssl(b->task[i]);
	}
	if (slowest_ns) {
		now = atls_clock_ns();
		b->free_ns = begin_ns + slowest_ns > now ? begin_ns + slowest_ns : now;
		sleep_until(b->free_ns);
	}
	for (unsigned int i = 0; i < b->n; i++) {
		atls_task_complete(b->task[i]);
		atls_task_unref(b->task[i]);
	}
	note_complete(b);
}

static void *work(void *number)
{
	struct batch b = { .free_ns = 0 };
	char name[16];

	atls_self.worker = true;
	snprintf(name, sizeof(name), "asynctls-eng/%u", (unsigned int)(uintptr_t)number % 100);
	pthread_setname_np(pthread_self(), name);
	prctl(PR_SET_TIMERSLACK, 1); /* the kernel would make each sleep 50 us longer */
	atls_placement_apply(atls_device_spec());
	for (;;) {
		take(&b, (unsigned int)(uintptr_t)number);
		run(&b);
	}
	return NULL;
}

/* The program's signals are for the program's threads. */
static void start_workers(unsigned int wanted)
{
	pthread_attr_t detached;
	sigset_t all, before;
	pthread_t thread;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (engine.nworkers < wanted &&
	       !pthread_create(&thread, &detached, work, (void *)(uintptr_t)engine.nworkers))
		engine.nworkers++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&detached);
}

/* Under lock. Until count is 0, or for that long. */
static void wait_until_none(const unsigned int *count, long patience_ns)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (until.tv_nsec + patience_ns) / 1000000000;
	until.tv_nsec = (until.tv_nsec + patience_ns) % 1000000000;
	while (*count && !pthread_cond_timedwait(&engine.idle, &engine.lock, &until))
		;
}

/* What no worker has begun is done by the threads that wait for it. */
static void return_queue(void)
{
	struct atls_task *task;

	do {
		pthread_mutex_lock(&engine.lock);
		task = atls_tasklist_pop(&engine.queue);
		pthread_mutex_unlock(&engine.lock);
		if (task) {
			atls_task_return(task);
			atls_task_unref(task);
		}
	} while (task);
}

/*
 * At exit, before OpenSSL's own exit handler frees what a worker may be using: handlers run in
 * reverse order, and OpenSSL's was registered when it was first used, ahead of the first task. An
 * operation that takes for ever (a remote key) is left behind after a while. The workers never end:
 * a thread's end would run OpenSSL's destructors.
 */
static void stop_workers(void)
{
	pthread_mutex_lock(&engine.lock);
	engine.nworkers = 0;
	engine.stopping = 1;
	pthread_mutex_unlock(&engine.lock);
	syscall(SYS_futex, &engine.stopping, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
	return_queue();
	offer_room(UINT_MAX);
	pthread_mutex_lock(&engine.lock);
	wait_until_none(&engine.busy, PATIENCE_NS);
	pthread_mutex_unlock(&engine.lock);
	atls_alarm_stop();
}

/*
 * A worker inside OpenSSL may hold locks of its, which nobody would release in the child. So fork
 * when none is; but not for longer than a loop can stand. An operation that is still under way then
 * was begun that long ago, as none is begun meanwhile: it computes, which takes no lock. Only a
 * key's first operations hold locks for long, and are waited for.
 */
static void before_fork(void)
{
	pthread_mutex_lock(&engine.lock);
	engine.forking++;
	wait_until_none(&engine.preparing, PATIENCE_NS);
	wait_until_none(&engine.computing, FORK_NS);
	atls_alarm_before_fork();
	atls_notifier_before_fork();
}

static void after_fork_parent(void)
{
	atls_notifier_after_fork(false);
	atls_alarm_after_fork(0);
	engine.forking--;
	pthread_cond_broadcast(&engine.work);
	pthread_mutex_unlock(&engine.lock);
}

static void init_idle(void)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&engine.idle, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

/* The child has no workers, and the parent's tasks are none of its business. */
static void after_fork_child(void)
{
	atls_alarm_after_fork(1);
	atls_tasklist_init(&engine.queue);
	atls_tasklist_init(&engine.waiting);
	engine.queued = engine.inflight = 0;
	engine.computing = engine.preparing = engine.busy = 0;
	engine.nworkers = 0;
	engine.forking = 0;
	atls_generation++;
	pthread_cond_init(&engine.work, NULL);
	init_idle();
	pthread_mutex_init(&engine.lock, NULL);
	atls_notifier_after_fork(true);
}

static void prepare(void)
{
	init_idle();
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
		atls_tasklist_prepend(&engine.waiting, task);
	else
		atls_tasklist_append(&engine.waiting, task);
}

/* Under lock. */
static void forget_waiting(struct atls_task *task)
{
	if (!is_ours(task))
		return;
	atls_tasklist_remove(&engine.waiting, task);
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
	else if (spec->max_inflight && engine.inflight >= spec->max_inflight)
		room = ATLS_ROOM_TOO_MANY;
	else if (engine.queued >= spec->queue)
		room = ATLS_ROOM_NONE;
	if (room == ATLS_ROOM_NONE && wait) {
		await_room(task);
	} else {
		forget_waiting(task);
		engine.queued += room == ATLS_ROOM_THERE;
		engine.inflight += room == ATLS_ROOM_THERE;
	}
	pthread_mutex_unlock(&engine.lock);
	return room;
}

void atls_workers_submit(struct atls_task *task)
{
	bool all, ends;

	pthread_mutex_lock(&engine.lock);
	task->generation = atls_generation;
	atomic_store_explicit(&task->state, ATLS_TASK_PENDING, memory_order_release);
	atomic_fetch_add(&task->refs, 1);
	task->queued = true;
	task->submitted_ns = atls_device_spec()->nlatencies ? atls_clock_ns() : 0;
	atls_tasklist_append(&engine.queue, task);
	/* A signal might reach a worker that the specification no longer wants. */
	all = engine.nworkers > atls_device_spec()->workers;
	ends = engine.stopping;
	/* Unlocked first, or the worker would wake up to wait for the lock. */
	pthread_mutex_unlock(&engine.lock);
	if (all)
		pthread_cond_broadcast(&engine.work);
	else
		pthread_cond_signal(&engine.work);
	if (ends)
		return_queue();
}

bool atls_workers_inherited(const struct atls_task *task)
{
	return task->generation != atls_generation;
}

/* Under lock. Leave the list that the task is in. */
static void unlist(struct atls_task *task)
{
	atls_tasklist_remove(task->queued ? &engine.queue : &engine.waiting, task);
	engine.queued -= task->queued;
	engine.inflight -= task->queued;
	task->queued = false;
}

bool atls_workers_withdraw(struct atls_task *task)
{
	bool listed;

	pthread_mutex_lock(&engine.lock);
	listed = task->prev || (atls_workers_inherited(task) && !task->begun);
	if (is_ours(task))
		unlist(task);
	task->prev = NULL; /* the parent's lists are not here */
	pthread_mutex_unlock(&engine.lock);
	if (listed)
		atls_task_unref(task); /* the workers' reference */
	offer_room(1);
	return listed;
}
