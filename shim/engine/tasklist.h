/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of tasks, under the lock of whoever has them. */
#pragma once

#include <stddef.h>

#include "engine/task.h"

struct atls_tasklist {
	struct atls_task *first, **last; /* last is the place of the next */
};

static inline void atls_tasklist_init(struct atls_tasklist *list)
{
	*list = (struct atls_tasklist){ .last = &list->first };
}

static inline void atls_tasklist_append(struct atls_tasklist *list, struct atls_task *task)
{
	task->next = NULL;
	task->prev = list->last;
	*list->last = task;
	list->last = &task->next;
}

static inline void atls_tasklist_prepend(struct atls_tasklist *list, struct atls_task *task)
{
	task->next = list->first;
	task->prev = &list->first;
	if (task->next)
		task->next->prev = &task->next;
	else
		list->last = &task->next;
	list->first = task;
}

static inline void atls_tasklist_remove(struct atls_tasklist *list, struct atls_task *task)
{
	*task->prev = task->next;
	if (task->next)
		task->next->prev = task->prev;
	else
		list->last = task->prev;
	task->prev = NULL;
}

/* Remove and return the first, or NULL. */
static inline struct atls_task *atls_tasklist_pop(struct atls_tasklist *list)
{
	struct atls_task *task = list->first;

	if (task)
		atls_tasklist_remove(list, task);
	return task;
}
