/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's worker threads and their queue.
 *
 *   reserve ──► submit ──► queue ──► a worker computes, waits as the model says, completes
 *      └─ full: list of tasks that wait for room ──► offered room, oldest first
 *
 * A task that was offered room and is not submitted (its job was abandoned) keeps nobody else
 * waiting: when the queue runs empty, all are offered room.
 */
#pragma once

#include <stdbool.h>

#include "engine/task.h"

/* Install the handlers for forks and for the process's end. Any thread, any number of times. */
void atls_workers_prepare(void);

enum atls_room {
	ATLS_ROOM_THERE,     /* a place is taken: submit the task now */
	ATLS_ROOM_NONE,	     /* the queue is full */
	ATLS_ROOM_TOO_MANY,  /* as many operations as may be are in flight */
	ATLS_ROOM_NO_WORKER, /* no thread could be started, or the process ends */
};

/*
 * Take a place in the queue. Workers are started with the first one in a process, so never before a
 * fork that serves to make server workers. If it is full and wait is set, the task becomes PENDING
 * and will be offered room, if that has not happened already.
 */
enum atls_room atls_workers_reserve(struct atls_task *task, bool wait);

/* Queue a task that has a place. The workers take a reference of their own. */
void atls_workers_submit(struct atls_task *task);

/*
 * Take a task that no worker has begun out of the workers' hands: queued, waiting for room, or the
 * parent process's. False if a worker is at it, or was when this process was forked.
 */
bool atls_workers_withdraw(struct atls_task *task);

/* True if the task was queued, or begun, in the parent process: no worker of this one knows it. */
bool atls_workers_inherited(const struct atls_task *task);
