/* SPDX-License-Identifier: Apache-2.0 */
/* One operation on its way through the engine. */
#include "engine/task.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "real.h"
#include "tracer.h"

static void futex(_Atomic uint32_t *word, int operation, uint32_t value)
{
	syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

void atls_task_init(struct atls_task *task, struct atls_notifier *notifier)
{
	static _Atomic uint32_t last;

	task->refs = 1;
	task->state = ATLS_TASK_PENDING;
	task->id = atls_recording() ? atomic_fetch_add(&last, 1) + 1 : 0;
	task->notifier = atls_notifier_ref(notifier);
}

void atls_task_unref(struct atls_task *task)
{
	if (atomic_fetch_sub_explicit(&task->refs, 1, memory_order_acq_rel) > 1)
		return;
	if (task->dispose)
		task->dispose(task);
	atls_notifier_unref(task->notifier);
	free(task);
}

void atls_task_wait(struct atls_task *task)
{
	while (!atls_task_done(task))
		futex(&task->state, FUTEX_WAIT, ATLS_TASK_PENDING);
}

void atls_task_run(struct atls_task *task)
{
	ATLS_EMIT(engine_begin, .task = task->id);
	REAL(ERR_clear_error)();
	task->result = task->compute(task);
	atls_errors_take(&task->errors);
	/* Before the job can see it: it must not resume ahead of the event that says why. */
	ATLS_EMIT(engine_done, .task = task->id, .ok = task->result > 0);
	atomic_store_explicit(&task->state, ATLS_TASK_DONE, memory_order_release);
	futex(&task->state, FUTEX_WAKE, INT_MAX);
	atls_notifier_wake(task->notifier);
}
