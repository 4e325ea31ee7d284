/* SPDX-License-Identifier: Apache-2.0 */
/* The workers when the process forks, or ends. */
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/generation.h"
#include "engine/alarm.h"
#include "engine/notifier.h"
#include "engine/pool.h"
#include "engine/workers.h"

/* How long a fork, and the process's end, wait for operations that are under way. */
#define FORK_NS 1000000
#define PATIENCE_NS 2000000000

/* Under lock. Until count is 0, or for that long. */
static void wait_until_none(const unsigned int *count, long patience_ns)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (until.tv_nsec + patience_ns) / 1000000000;
	until.tv_nsec = (until.tv_nsec + patience_ns) % 1000000000;
	while (*count && !pthread_cond_timedwait(&atls_pool.idle, &atls_pool.lock, &until))
		;
}

/*
 * At exit, before OpenSSL's own exit handler frees what a worker may be using: handlers run in
 * reverse order, and OpenSSL's was registered when it was first used, ahead of the first task. An
 * operation that takes for ever (a remote key) is left behind after a while. The workers never end:
 * a thread's end would run OpenSSL's destructors.
 */
static void stop_workers(void)
{
	pthread_mutex_lock(&atls_pool.lock);
	atls_pool.nworkers = 0;
	atls_pool.stopping = 1;
	pthread_mutex_unlock(&atls_pool.lock);
	syscall(SYS_futex, &atls_pool.stopping, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
	atls_pool_return_queue();
	atls_pool_offer_room(UINT_MAX);
	pthread_mutex_lock(&atls_pool.lock);
	wait_until_none(&atls_pool.busy, PATIENCE_NS);
	pthread_mutex_unlock(&atls_pool.lock);
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
	pthread_mutex_lock(&atls_pool.lock);
	atls_pool.forking++;
	wait_until_none(&atls_pool.preparing, PATIENCE_NS);
	wait_until_none(&atls_pool.computing, FORK_NS);
	atls_alarm_before_fork();
	atls_notifier_before_fork();
}

static void after_fork_parent(void)
{
	atls_notifier_after_fork(false);
	atls_alarm_after_fork(0);
	atls_pool.forking--;
	pthread_cond_broadcast(&atls_pool.work);
	pthread_mutex_unlock(&atls_pool.lock);
}

static void init_idle(void)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&atls_pool.idle, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

/* The child has no workers, and the parent's tasks are none of its business. */
static void after_fork_child(void)
{
	atls_alarm_after_fork(1);
	atls_tasklist_init(&atls_pool.queue);
	atls_tasklist_init(&atls_pool.waiting);
	atls_pool.queued = atls_pool.inflight = 0;
	atls_pool.computing = atls_pool.preparing = atls_pool.busy = 0;
	atls_pool.nworkers = 0;
	atls_pool.forking = 0;
	atls_generation++;
	pthread_cond_init(&atls_pool.work, NULL);
	init_idle();
	pthread_mutex_init(&atls_pool.lock, NULL);
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
