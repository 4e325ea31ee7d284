/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's worker threads and their queue, one pool in each process. */
#pragma once

#include <stdbool.h>

#include "engine/task.h"

/*
 * Queue a task; workers are started with the first one in a process, so never before a fork that
 * serves to make server workers. The pool takes a reference of its own. False if the queue is full or
 * no worker could be started: the caller does the operation itself.
 */
bool atls_pool_submit(struct atls_task *task);

/*
 * Take a task that no worker has begun, or that the parent process had queued before a fork, out of
 * the workers' hands. False if one is at it.
 */
bool atls_pool_withdraw(struct atls_task *task);
