/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's worker threads. */
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"
#include "engine/device.h"
#include "engine/placement.h"
#include "engine/pool.h"

#define MAX_BATCH 64
/* Shorter waits than this are spun: a sleep's end comes a few microseconds late. */
#define SPIN_NS 8000

struct atls_pool atls_pool = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.work = PTHREAD_COND_INITIALIZER,
	.queue.last = &atls_pool.queue.first,
	.waiting.last = &atls_pool.waiting.first,
};

/* What a worker has taken on. */
struct batch {
	struct atls_task *task[MAX_BATCH];
	unsigned int n;
	uint64_t free_ns; /* when the device was done with the worker's last one */
};

/* Under lock. Nothing to do for this worker, or not now. */
static bool must_rest(unsigned int number)
{
	/* A worker more than the specification now wants leaves the work to others. */
	return atls_pool.stopping || !atls_pool.queue.first ||
	       number >= atls_device_spec()->workers;
}

/* Wait for work and take it; for ever if the process ends. */
static void take(struct batch *b, unsigned int number)
{
	bool anybody_waits;

	b->n = 0;
	pthread_mutex_lock(&atls_pool.lock);
	while (must_rest(number))
		pthread_cond_wait(&atls_pool.work, &atls_pool.lock);
	while (b->n < atls_device_spec()->batch &&
	       (b->task[b->n] = atls_tasklist_pop(&atls_pool.queue))) {
		b->n++;
		atls_pool.queued--;
	}
	atls_pool.busy++;
	anybody_waits = atls_pool.waiting.first;
	pthread_mutex_unlock(&atls_pool.lock);
	if (anybody_waits)
		atls_pool_offer_room(b->n);
}

/* Count this worker in, or out: inside OpenSSL, and perhaps at a fresh key. A fork goes first. */
static void enter_openssl(struct atls_task *task)
{
	pthread_mutex_lock(&atls_pool.lock);
	while (atls_pool.forking)
		pthread_cond_wait(&atls_pool.work, &atls_pool.lock);
	atls_pool.computing++;
	atls_pool.preparing += task->fresh;
	task->begun = true;
	pthread_mutex_unlock(&atls_pool.lock);
}

static void leave_openssl(struct atls_task *task)
{
	pthread_mutex_lock(&atls_pool.lock);
	task->computed = true; /* from now on a forked child can have the result, too */
	atls_pool.computing--;
	atls_pool.preparing -= task->fresh;
	if (atls_pool.forking)
		pthread_cond_broadcast(&atls_pool.idle);
	pthread_mutex_unlock(&atls_pool.lock);
}

/* Not at all if the process ends. */
static void sleep_until(int64_t due_ns)
{
	int64_t wake_ns = due_ns - SPIN_NS;
	struct timespec at = { .tv_sec = wake_ns / 1000000000, .tv_nsec = wake_ns % 1000000000 };

	while (!atls_pool.stopping && atls_clock_ns() < wake_ns)
		syscall(SYS_futex, &atls_pool.stopping, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0,
			&at, NULL, FUTEX_BITSET_MATCH_ANY);
	while (!atls_pool.stopping && atls_clock_ns() < due_ns)
		;
}

static void note_complete(const struct batch *b)
{
	pthread_mutex_lock(&atls_pool.lock);
	atls_pool.inflight -= b->n;
	if (!--atls_pool.busy)
		pthread_cond_broadcast(&atls_pool.idle);
	pthread_mutex_unlock(&atls_pool.lock);
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
void atls_pool_start_workers(unsigned int wanted)
{
	pthread_attr_t detached;
	sigset_t all, before;
	pthread_t thread;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (atls_pool.nworkers < wanted &&
	       !pthread_create(&thread, &detached, work, (void *)(uintptr_t)atls_pool.nworkers))
		atls_pool.nworkers++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&detached);
}
