/* SPDX-License-Identifier: Apache-2.0 */
/* Sends one operation of a job to the engine and keeps the job paused until it is done. */
#include "engine/offload.h"

#include "base/clock.h"
#include "base/conn.h"
#include "base/generation.h"
#include "base/library.h"
#include "base/real.h"
#include "base/thread.h"
#include "engine/cost.h"
#include "engine/device.h"
#include "engine/key.h"
#include "engine/workers.h"
#include "trace/tracer.h"

bool atls_offload_possible(const struct atls_conn *conn, struct atls_operation what,
			   enum atls_reason *reason)
{
	*reason = !conn			      ? ATLS_REASON_NO_JOB
		  : conn->engine.key_op_cheap ? ATLS_REASON_CHEAP
					      : (enum atls_reason)conn->engine.no_job;
	if (!REAL(ASYNC_get_current_job)())
		return false;
	*reason = ATLS_REASON_BLOCKED;
	if (atls_self.blocked)
		return false;
	*reason = ATLS_REASON_CHEAP;
	return !atls_cost_below(what, atls_device_spec()->min_cost_ns);
}

static uint8_t draw_faults(const struct atls_spec *spec, struct atls_task *task)
{
	uint8_t faults = 0;

	for (int f = 0; f < ATLS_FAULT_COUNT; f++)
		if (atls_device_strikes(spec, f)) {
			faults |= 1 << f;
			ATLS_EMIT(engine_fault, .task = task->id, .job = atls_self.frame.job,
				  .fault = f);
		}
	return faults;
}

/* A pause that takes less than this has perhaps not been one; that many in a row have not. */
#define INSTANT_NS 1000
#define INSTANT_PAUSES 16

/* One operation on its way, as the fibre sees it; lives on its stack. */
struct offloading {
	struct atls_task *task;
	ASYNC_WAIT_CTX *ctx;
	struct atls_conn *conn; /* NULL outside SSL */
	unsigned int instant;	/* pauses of no time in a row */
};

/*
 * Without the shim's wrappers it is not known whether pausing is blocked (ASYNC_block_pause): a
 * pause is then no pause, and resuming is our own doing. Wait here rather than spin.
 */
static void pause_watchfully(struct offloading *o)
{
	uint64_t began_ns = atls_clock_ns();

	ASYNC_pause_job();
	o->instant = atls_clock_ns() - began_ns < INSTANT_NS ? o->instant + 1 : 0;
	if (o->instant >= INSTANT_PAUSES)
		atls_task_wait(o->task);
}

/* Pause the job once. False if it is to come to its end, as its connection is being freed. */
static bool pause_job(struct offloading *o)
{
	if (o->conn)
		o->conn->engine.task = o->task;
	atomic_store_explicit(&o->task->notifier->awaited, true, memory_order_release);
	if (atls_preloaded)
		ASYNC_pause_job();
	else
		pause_watchfully(o);
	/* First drain, then look: a wake-up that comes after the look is not lost. */
	atls_notifier_drain(o->task->notifier);
	atomic_store_explicit(&o->task->notifier->awaited, false, memory_order_release);
	if (o->conn)
		o->conn->engine.task = NULL;
	if (!o->conn || !o->conn->engine.abandoned)
		return true;
	if (!o->conn->engine.withdrawn && !atls_workers_withdraw(o->task) &&
	    !atls_workers_inherited(o->task))
		atls_task_wait(o->task); /* a worker may be using what this fibre lent it */
	return false;
}

static void set_status(struct offloading *o, int status)
{
	if (REAL(ASYNC_WAIT_CTX_set_status))
		ASYNC_WAIT_CTX_set_status(o->ctx, status);
}

/*
 * The queue is full, or the device says so: the status shows it, and the program may resume the job
 * at any time. One that waits for an fd is woken when there is room; a callback is not
 * called, as the manual has it for any status but OK.
 */
static bool pause_for_room(struct offloading *o, bool at_once)
{
	struct atls_task *task = o->task;

	set_status(o, ASYNC_STATUS_EAGAIN);
	if (task->notifier->fd < 0)
		atomic_store_explicit(&task->state, ATLS_TASK_ROOM, memory_order_release);
	else if (at_once)
		atls_task_offer_room(task);
	return pause_job(o);
}

static enum atls_reason reason_of(enum atls_room room)
{
	switch (room) {
	case ATLS_ROOM_NONE:
		return ATLS_REASON_FULL;
	case ATLS_ROOM_TOO_MANY:
		return ATLS_REASON_IN_FLIGHT;
	default:
		return ATLS_REASON_NO_RESOURCE;
	}
}

/* Take a place in the queue, pausing until there is one. */
static enum atls_offload reserve(struct offloading *o, enum atls_reason *reason)
{
	bool retry = atls_device_spec()->full == ATLS_FULL_RETRY && REAL(ASYNC_WAIT_CTX_set_status);
	bool by_fd = o->task->notifier->fd >= 0;
	bool refused = retry && atls_task_suffers(o->task, ATLS_FAULT_EAGAIN);

	for (;;) {
		enum atls_room room =
			refused ? ATLS_ROOM_NONE : atls_workers_reserve(o->task, retry && by_fd);

		if (room == ATLS_ROOM_THERE)
			return ATLS_OFFLOAD_DONE;
		*reason = reason_of(room);
		if (room != ATLS_ROOM_NONE || !retry)
			return ATLS_OFFLOAD_REFUSED;
		if (!pause_for_room(o, refused))
			return ATLS_OFFLOAD_FAILED;
		refused = false;
	}
}

static void submit(struct offloading *o)
{
	struct atls_task *task = o->task;

	/* Before a worker can begin it. */
	ATLS_EMIT(engine_submit, .task = task->id, .job = atls_self.frame.job,
		  .wctx = task->notifier->wctx, .crypto = task->what.crypto, .alg = task->what.alg,
		  .bits = task->what.bits);
	set_status(o, ASYNC_STATUS_OK);
	atls_workers_submit(task);
	/* The connection's private-key operation; the bridge has no more need of jobs for it. */
	if (o->conn && task->what.crypto <= ATLS_CRYPTO_DECRYPT)
		o->conn->engine.key_op_done = o->conn->engine.key_op_fresh = true;
	if (atls_task_suffers(task, ATLS_FAULT_EARLY_WAKE))
		atls_task_wait(task);
}

enum progress { UNDER_WAY, COMPUTED, RETURNED, RESUBMIT, LOST };

/*
 * What has become of a submitted task. If this process was forked meanwhile, the parent's worker
 * may have computed it before; if it was in the middle of that, it cannot be repeated here.
 */
static enum progress progress_of(struct atls_task *task)
{
	if (atls_task_state(task) == ATLS_TASK_DONE)
		return COMPUTED;
	if (atls_task_state(task) == ATLS_TASK_RETURNED)
		return RETURNED;
	if (!atls_workers_inherited(task))
		return UNDER_WAY;
	if (task->computed)
		return COMPUTED;
	return atls_workers_withdraw(task) ? RESUBMIT : LOST;
}

/*
 * Pause until the operation is done; a program may resume the job at any time before that. Pause
 * once even if it is done already: programs look for wait fds at a pause, and HAProxy aborts when
 * it closes a connection that has a wait fd which it does not know.
 */
static enum progress pause_until_done(struct offloading *o)
{
	enum progress progress;

	do {
		if (!pause_job(o))
			return LOST; /* bridged: by fd */
		progress = progress_of(o->task);
	} while (progress == UNDER_WAY);
	atls_notifier_retire(o->task->notifier);
	return progress;
}

static enum atls_offload carry_out(struct offloading *o, enum atls_reason *reason)
{
	enum progress progress;
	enum atls_offload how;

	do {
		how = reserve(o, reason);
		if (how != ATLS_OFFLOAD_DONE)
			return how;
		submit(o);
		progress = pause_until_done(o);
	} while (progress == RESUBMIT);
	*reason = ATLS_REASON_NO_RESOURCE;
	if (progress == RETURNED)
		return ATLS_OFFLOAD_REFUSED;
	return progress == COMPUTED ? ATLS_OFFLOAD_DONE : ATLS_OFFLOAD_FAILED;
}

enum atls_offload atls_offload(struct atls_conn *conn, struct atls_task *task,
			       struct atls_operation what, enum atls_reason *reason)
{
	struct offloading o = {
		.task = task,
		.ctx = REAL(ASYNC_get_wait_ctx)(REAL(ASYNC_get_current_job)()),
		.conn = conn,
	};
	struct atls_notifier *notifier;
	enum atls_offload how;

	atls_workers_prepare();
	notifier = atls_notifier_of(o.ctx);
	*reason = ATLS_REASON_NO_RESOURCE;
	if (!notifier)
		return ATLS_OFFLOAD_REFUSED;
	atls_task_init(task, what, notifier);
	task->generation = atls_generation;
	task->fresh = atls_key_is_fresh(task->key);
	task->faults = draw_faults(atls_device_spec(), task);
	if (atls_task_suffers(task, ATLS_FAULT_ERR)) {
		set_status(&o, ASYNC_STATUS_ERR);
		atls_errors_raise_fault("err");
		return ATLS_OFFLOAD_FAILED;
	}
	how = carry_out(&o, reason);
	if (o.conn && o.conn->bridge.state == ATLS_BRIDGE_ON)
		atls_notifier_part(
			o.ctx); /* the program does not know of it; no fd per open connection */
	return how;
}

/* It is of interest if it is part of a TLS connection or of a job, and recorded. */
void atls_in_place_begin(const struct atls_conn *conn, struct atls_in_place *place)
{
	bool news =
		atls_recorded(ATLS_EV_engine_inplace) && (conn || REAL(ASYNC_get_current_job)());

	place->reports = atls_self.frame.reports;
	place->began_ns = news ? atls_clock_ns() : 0;
	/* A worker measures by itself, the whole operation. */
	place->began_cpu_ns =
		atls_device_spec()->min_cost_ns && !atls_self.worker ? atls_cost_clock_ns() : 0;
}

void atls_in_place_end(struct atls_conn *conn, const struct atls_in_place *place,
		       struct atls_operation what, enum atls_reason reason)
{
	if (place->reports != atls_self.frame.reports++)
		return;
	if (place->began_cpu_ns)
		atls_cost_note(what, atls_cost_clock_ns() - place->began_cpu_ns);
	/* Not a callback's, but the handshake's. */
	if (conn && what.crypto <= ATLS_CRYPTO_DECRYPT &&
	    atls_self.frame.asker == ATLS_ASKER_AGREED) {
		conn->engine.key_op_done = conn->engine.key_op_fresh = true;
		conn->engine.key_op_cheap = atls_cost_below(what, atls_device_spec()->min_cost_ns);
	}
	if (place->began_ns)
		ATLS_EMIT(engine_inplace, .job = atls_self.frame.job, .conn = conn ? conn->id : 0,
			  .cost = atls_clock_ns() - place->began_ns, .crypto = what.crypto,
			  .alg = what.alg, .bits = what.bits, .reason = reason);
}
