/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's worker threads and their queue. */
#include "engine/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"
#include "thread.h"

/* All fields under lock. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct atls_task *first, **last; /* FIFO; last is the place of the next */
	unsigned int queued;
	unsigned int nworkers;
	pthread_t *workers; /* of this process */
	unsigned int generation; /* counts the forks that led to this process */
	bool stopping;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER, .last = &pool.first };

static void append(struct atls_task *task)
{
	task->next = NULL;
	task->prev = pool.last;
	task->generation = pool.generation;
	*pool.last = task;
	pool.last = &task->next;
	pool.queued++;
}

static void unlink_task(struct atls_task *task)
{
	*task->prev = task->next;
	if (task->next)
		task->next->prev = task->prev;
	else
		pool.last = task->prev;
	task->prev = NULL; /* begun */
	pool.queued--;
}

static struct atls_task *next_task(void)
{
	struct atls_task *task;

	pthread_mutex_lock(&pool.lock);
	while (!pool.first && !pool.stopping)
		pthread_cond_wait(&pool.work, &pool.lock);
	task = pool.stopping ? NULL : pool.first;
	if (task)
		unlink_task(task);
	pthread_mutex_unlock(&pool.lock);
	return task;
}

static void *work(void *number)
{
	struct atls_task *task;
	char name[16];

	atls_self.worker = true;
	snprintf(name, sizeof(name), "asynctls-eng/%u", (unsigned int)(uintptr_t)number % 100);
	pthread_setname_np(pthread_self(), name);
	while ((task = next_task())) {
		atls_task_run(task);
		atls_task_unref(task);
	}
	return NULL;
}

/* The program's signals are for the program's threads. */
static void start_workers(void)
{
	sigset_t all, before;

	pool.workers = calloc(atls_config.workers, sizeof(*pool.workers));
	if (!pool.workers)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (pool.nworkers < atls_config.workers &&
	       !pthread_create(&pool.workers[pool.nworkers], NULL, work, (void *)(uintptr_t)pool.nworkers))
		pool.nworkers++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/*
 * At exit, before OpenSSL's own exit handler frees what a worker may be using: handlers run in reverse
 * order, and OpenSSL's was registered when it was first used, ahead of the first task.
 */
static void stop_workers(void)
{
	pthread_mutex_lock(&pool.lock);
	pool.stopping = true;
	pthread_cond_broadcast(&pool.work);
	pthread_mutex_unlock(&pool.lock);
	for (unsigned int i = 0; i < pool.nworkers; i++)
		pthread_join(pool.workers[i], NULL);
	pool.nworkers = 0;
}

static void before_fork(void)
{
	pthread_mutex_lock(&pool.lock);
}

static void after_fork_parent(void)
{
	pthread_mutex_unlock(&pool.lock);
}

/* The child has no workers, and the parent's tasks are none of its business. */
static void after_fork_child(void)
{
	pool.first = NULL;
	pool.last = &pool.first;
	pool.queued = 0;
	pool.nworkers = 0;
	pool.workers = NULL;
	pool.generation++;
	pthread_cond_init(&pool.work, NULL);
	pthread_mutex_init(&pool.lock, NULL);
}

static void prepare_once(void)
{
	static bool prepared;

	if (prepared)
		return;
	prepared = true;
	pthread_atfork(before_fork, after_fork_parent, after_fork_child);
	atexit(stop_workers);
}

static bool enqueue(struct atls_task *task)
{
	if (pool.stopping)
		return false;
	if (!pool.nworkers)
		start_workers();
	if (!pool.nworkers || pool.queued >= atls_config.queue)
		return false;
	atomic_fetch_add(&task->refs, 1);
	append(task);
	pthread_cond_signal(&pool.work);
	return true;
}

bool atls_pool_submit(struct atls_task *task)
{
	bool queued;

	pthread_mutex_lock(&pool.lock);
	prepare_once();
	queued = enqueue(task);
	pthread_mutex_unlock(&pool.lock);
	return queued;
}

bool atls_pool_withdraw(struct atls_task *task)
{
	bool waiting, inherited;

	pthread_mutex_lock(&pool.lock);
	inherited = task->generation != pool.generation;
	waiting = !inherited && task->prev != NULL;
	if (waiting)
		unlink_task(task);
	pthread_mutex_unlock(&pool.lock);
	if (waiting)
		atls_task_unref(task); /* the pool's reference */
	return waiting || inherited;
}
