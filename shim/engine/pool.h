/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's worker threads and their queue, one pool in each process.
 *
 *   reserve ──► submit ──► queue ──► a worker computes, waits as the model says, completes
 *      └─ full: list of those who wait for room ──► offered room, oldest first
 *
 * A task that was offered room and is not submitted (its job was abandoned) keeps nobody else waiting:
 * when the queue runs empty, all are offered room.
 */
#pragma once

#include <stdbool.h>

#include "engine/task.h"

/* Counts the forks that led to this process: what bears another number is the parent's. */
extern unsigned int atls_generation;

/* Learn of forks and of the process's end from now on. Any thread, any number of times. */
void atls_pool_prepare(void);

enum atls_room {
	ATLS_ROOM_THERE,     /* a place is taken: submit the task now */
	ATLS_ROOM_NONE,	     /* the queue is full */
	ATLS_ROOM_NO_WORKER, /* no thread could be started, or the process ends */
};

/*
 * Take a place in the queue. Workers are started with the first one in a process, so never before a
 * fork that serves to make server workers. If it is full and wait is set, the task becomes PENDING and
 * will be offered room, if that has not happened already.
 */
enum atls_room atls_pool_reserve(struct atls_task *task, bool wait);

/* Queue a task that has a place. The pool takes a reference of its own. */
void atls_pool_submit(struct atls_task *task);

/*
 * Take a task that no worker has begun out of the pool's hands, be it queued, be it waiting for room, or
 * be it the parent process's. False if a worker is at it, or was when this process was forked.
 */
bool atls_pool_withdraw(struct atls_task *task);

/* True if the task was queued, or begun, in the parent process: no worker of this one knows it. */
bool atls_pool_inherited(const struct atls_task *task);
