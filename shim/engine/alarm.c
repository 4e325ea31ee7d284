/* SPDX-License-Identifier: Apache-2.0 */
/* Wake-ups that are due later: one thread, started with the first, and a list in order of time. */
#include "engine/alarm.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/thread.h"
#include "engine/device.h"
#include "engine/notifier.h"
#include "engine/placement.h"

struct alarm {
	struct alarm *next;
	struct timespec due;
	struct atls_notifier *notifier; /* referenced */
};

/* All fields under lock. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* waits by CLOCK_MONOTONIC */
	struct alarm *first;
	bool running, stopping;
} alarms = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static void ring(struct alarm *a)
{
	alarms.first = a->next;
	pthread_mutex_unlock(&alarms.lock);
	atls_notifier_wake(a->notifier);
	atls_notifier_unref(a->notifier);
	free(a);
	pthread_mutex_lock(&alarms.lock);
}

static void *work(void *unused)
{
	struct timespec now, due;

	atls_self.worker = true;
	pthread_setname_np(pthread_self(), "asynctls-alarm");
	atls_placement_apply(atls_device_spec());
	pthread_mutex_lock(&alarms.lock);
	while (!alarms.stopping) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (!alarms.first) {
			pthread_cond_wait(&alarms.changed, &alarms.lock);
		} else if (later(&alarms.first->due, &now)) {
			due = alarms.first->due; /* the entry may go while we wait */
			pthread_cond_timedwait(&alarms.changed, &alarms.lock, &due);
		} else {
			ring(alarms.first);
		}
	}
	pthread_mutex_unlock(&alarms.lock);
	return NULL;
}

static bool start(void)
{
	pthread_condattr_t monotonic;
	sigset_t all, before;
	pthread_t thread;

	if (alarms.running || alarms.stopping)
		return alarms.running;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&alarms.changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	alarms.running = !pthread_create(&thread, NULL, work, NULL) && !pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return alarms.running;
}

static void insert(struct alarm *a)
{
	struct alarm **at = &alarms.first;

	while (*at && !later(&(*at)->due, &a->due))
		at = &(*at)->next;
	a->next = *at;
	*at = a;
}

void atls_alarm_wake(struct atls_notifier *n, uint64_t delay_ns)
{
	struct alarm *a = malloc(sizeof(*a));
	bool set = false;

	if (a) {
		clock_gettime(CLOCK_MONOTONIC, &a->due);
		delay_ns += a->due.tv_nsec;
		a->due.tv_sec += delay_ns / 1000000000;
		a->due.tv_nsec = delay_ns % 1000000000;
		pthread_mutex_lock(&alarms.lock);
		set = start();
		if (set) {
			a->notifier = atls_notifier_ref(n);
			insert(a);
			pthread_cond_signal(&alarms.changed);
		}
		pthread_mutex_unlock(&alarms.lock);
	}
	if (!set) {
		free(a);
		atls_notifier_wake(n);
	}
}

void atls_alarm_before_fork(void)
{
	pthread_mutex_lock(&alarms.lock);
}

/* The parent's wake-ups are not the child's. */
void atls_alarm_after_fork(int child)
{
	if (child) {
		alarms.first = NULL;
		alarms.running = false;
		pthread_mutex_init(&alarms.lock, NULL);
	} else {
		pthread_mutex_unlock(&alarms.lock);
	}
}

/* Without waiting for it: a callback of the program's may be what it is at. */
void atls_alarm_stop(void)
{
	pthread_mutex_lock(&alarms.lock);
	alarms.stopping = true;
	if (alarms.running)
		pthread_cond_signal(&alarms.changed);
	pthread_mutex_unlock(&alarms.lock);
}
