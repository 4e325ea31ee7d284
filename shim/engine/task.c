/* SPDX-License-Identifier: Apache-2.0 */
/* One operation on its way through the engine. */
#include "engine/task.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/real.h"
#include "engine/alarm.h"
#include "engine/cost.h"
#include "engine/device.h"
#include "trace/tracer.h"

static void futex(_Atomic uint32_t *word, int operation, uint32_t value)
{
	syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void set_state(struct atls_task *task, enum atls_task_state state)
{
	atomic_store(&task->state, state);
	if (atomic_load(&task->waited_for))
		futex(&task->state, FUTEX_WAKE, INT_MAX);
}

void atls_task_init(struct atls_task *task, struct atls_operation what,
		    struct atls_notifier *notifier)
{
	static _Atomic uint32_t last;

	atomic_store_explicit(&task->refs, 1, memory_order_relaxed);
	atomic_store_explicit(&task->state, ATLS_TASK_PENDING, memory_order_relaxed);
	task->id = atls_recording() ? atomic_fetch_add(&last, 1) + 1 : 0;
	task->what = what;
	task->notifier = notifier;
}

void atls_task_unref(struct atls_task *task)
{
	if (atomic_fetch_sub_explicit(&task->refs, 1, memory_order_acq_rel) > 1)
		return;
	if (task->dispose)
		task->dispose(task);
	atls_errors_finish(&task->errors);
	atls_notifier_unref(task->notifier);
	free(task);
}

void atls_task_wait(struct atls_task *task)
{
	atomic_store(&task->waited_for, true);
	while (!atls_task_done(task))
		futex(&task->state, FUTEX_WAIT, ATLS_TASK_PENDING);
}

void atls_task_compute(struct atls_task *task)
{
	uint64_t began_ns;

	ATLS_EMIT(engine_begin, .task = task->id);
	if (atls_task_suffers(task, ATLS_FAULT_SPURIOUS))
		atls_notifier_wake(task->notifier);
	REAL(ERR_clear_error)();
	began_ns = atls_cost_known(task->what) ? 0 : atls_cost_clock_ns();
	task->result = task->compute(task);
	if (began_ns)
		atls_cost_note(task->what, atls_cost_clock_ns() - began_ns);
	atls_errors_take(&task->errors);
	if (atls_task_suffers(task, ATLS_FAULT_OPFAIL)) {
		task->result = 0;
		atls_errors_raise_fault("opfail");
		atls_errors_take(&task->errors);
	}
}

static void wake_job(struct atls_task *task)
{
	if (atls_task_suffers(task, ATLS_FAULT_LOST_WAKE))
		return;
	if (atls_task_suffers(task, ATLS_FAULT_DUP_WAKE))
		atls_notifier_wake_twice(task->notifier);
	if (atls_task_suffers(task, ATLS_FAULT_LATE_WAKE))
		atls_alarm_wake(task->notifier, atls_device_spec()->late_ns);
	else
		atls_notifier_wake(task->notifier);
}

void atls_task_complete(struct atls_task *task)
{
	bool early = atls_task_suffers(task, ATLS_FAULT_EARLY_WAKE);

	/* Before the job can see it: it must not resume ahead of the event that says why. */
	ATLS_EMIT(engine_done, .task = task->id, .ok = task->result > 0);
	/* The job has not paused yet, and will not before it sees the state change. */
	if (early)
		wake_job(task);
	set_state(task, ATLS_TASK_DONE);
	if (!early)
		wake_job(task);
}

void atls_task_return(struct atls_task *task)
{
	set_state(task, ATLS_TASK_RETURNED);
	atls_notifier_wake(task->notifier);
}

void atls_task_offer_room(struct atls_task *task)
{
	set_state(task, ATLS_TASK_ROOM);
	atls_notifier_wake(task->notifier);
}
