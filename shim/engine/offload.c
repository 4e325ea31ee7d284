/* SPDX-License-Identifier: Apache-2.0 */
/* Sends one operation of a job to the engine and keeps the job paused until it is done. */
#include "engine/offload.h"

#include <openssl/evp.h>
#include <time.h>

#include "conn.h"
#include "engine/cost.h"
#include "engine/device.h"
#include "engine/pool.h"
#include "shim.h"
#include "thread.h"

enum atls_alg atls_alg_of(int pkey_id)
{
	switch (pkey_id) {
	case EVP_PKEY_RSA:
		return ATLS_ALG_RSA;
	case EVP_PKEY_RSA_PSS:
		return ATLS_ALG_RSA_PSS;
	case EVP_PKEY_EC:
		return ATLS_ALG_EC;
	case EVP_PKEY_ED25519:
		return ATLS_ALG_ED25519;
	case EVP_PKEY_ED448:
		return ATLS_ALG_ED448;
	case EVP_PKEY_X25519:
		return ATLS_ALG_X25519;
	case EVP_PKEY_X448:
		return ATLS_ALG_X448;
	case EVP_PKEY_DH:
		return ATLS_ALG_DH;
	default:
		return ATLS_ALG_OTHER;
	}
}

bool atls_offload_possible(struct atls_operation what, enum atls_reason *reason)
{
	const struct atls_conn *conn = atls_self.frame.conn;

	*reason = conn && conn->cheap ? ATLS_REASON_CHEAP : ATLS_REASON_NO_JOB;
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

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* A pause that takes less than this has perhaps not been one; that many in a row have not. */
#define INSTANT_NS 1000
#define INSTANT_PAUSES 16

/* One operation's way, as the fibre sees it; lives on its stack. */
struct passage {
	struct atls_task *task;
	ASYNC_WAIT_CTX *ctx;
	struct atls_conn *conn; /* NULL outside SSL */
	unsigned int instant;	/* pauses of no time in a row */
};

/*
 * Without the shim's wrappers nobody tells whether pausing is blocked (ASYNC_block_pause): a pause
 * is then no pause, and resuming is our own doing. Wait here rather than spin.
 */
static void pause_watchfully(struct passage *p)
{
	uint64_t began_ns = now_ns();

	ASYNC_pause_job();
	p->instant = now_ns() - began_ns < INSTANT_NS ? p->instant + 1 : 0;
	if (p->instant >= INSTANT_PAUSES)
		atls_task_wait(p->task);
}

/* Pause the job once. False if it is to come to its end, as its connection is being freed. */
static bool pause_job(struct passage *p)
{
	if (p->conn)
		p->conn->task = p->task;
	atomic_store_explicit(&p->task->notifier->awaited, true, memory_order_release);
	if (atls_preloaded)
		ASYNC_pause_job();
	else
		pause_watchfully(p);
	/* First drain, then look: a wake-up that comes after the look is not lost. */
	atls_notifier_drain(p->task->notifier);
	atomic_store_explicit(&p->task->notifier->awaited, false, memory_order_release);
	if (p->conn)
		p->conn->task = NULL;
	if (!p->conn || !p->conn->abandoned)
		return true;
	if (!atls_pool_withdraw(p->task) && !atls_pool_inherited(p->task))
		atls_task_wait(p->task); /* a worker may be using what this fibre lent it */
	return false;
}

static void set_status(struct passage *p, int status)
{
	if (REAL(ASYNC_WAIT_CTX_set_status))
		ASYNC_WAIT_CTX_set_status(p->ctx, status);
}

/*
 * The queue is full, or the device says so: the program learns it from the status, and may resume the
 * job at any time. One that waits for an fd is woken when there is room; a callback is not called, as
 * the manual has it for any status but OK.
 */
static bool pause_for_room(struct passage *p, bool at_once)
{
	struct atls_task *task = p->task;

	set_status(p, ASYNC_STATUS_EAGAIN);
	if (task->notifier->fd < 0)
		atomic_store_explicit(&task->state, ATLS_TASK_ROOM, memory_order_release);
	else if (at_once)
		atls_task_offer_room(task);
	return pause_job(p);
}

/* Take a place in the queue, pausing until there is one. */
static enum atls_offload reserve(struct passage *p, enum atls_reason *reason)
{
	bool retry = atls_device_spec()->full == ATLS_FULL_RETRY && REAL(ASYNC_WAIT_CTX_set_status);
	bool by_fd = p->task->notifier->fd >= 0;
	bool refused = retry && atls_task_suffers(p->task, ATLS_FAULT_EAGAIN);

	for (;;) {
		enum atls_room room =
			refused ? ATLS_ROOM_NONE : atls_pool_reserve(p->task, retry && by_fd);

		if (room == ATLS_ROOM_THERE)
			return ATLS_OFFLOAD_DONE;
		*reason = room == ATLS_ROOM_NONE ? ATLS_REASON_FULL : ATLS_REASON_NO_RESOURCE;
		if (room == ATLS_ROOM_NO_WORKER || !retry)
			return ATLS_OFFLOAD_REFUSED;
		if (!pause_for_room(p, refused))
			return ATLS_OFFLOAD_FAILED;
		refused = false;
	}
}

static void submit(struct passage *p)
{
	struct atls_task *task = p->task;

	/* Before a worker can begin it. */
	ATLS_EMIT(engine_submit, .task = task->id, .job = atls_self.frame.job,
		  .wctx = task->notifier->wctx, .crypto = task->what.crypto, .alg = task->what.alg,
		  .bits = task->what.bits);
	set_status(p, ASYNC_STATUS_OK);
	atls_pool_submit(task);
	/* The connection's private-key operation; the bridge has no more need of jobs for it. */
	if (p->conn && task->what.crypto <= ATLS_CRYPTO_DECRYPT)
		p->conn->offloaded = p->conn->learnt = true;
	if (atls_task_suffers(task, ATLS_FAULT_EARLY_WAKE))
		atls_task_wait(task);
}

enum passing { UNDER_WAY, ARRIVED, AGAIN, LOST };

/*
 * What has become of a submitted task. If this process was forked meanwhile, the parent's worker may have
 * computed it before; if it was in the middle of that, it cannot be repeated here.
 */
static enum passing look(struct atls_task *task)
{
	if (atls_task_state(task) == ATLS_TASK_DONE)
		return ARRIVED;
	if (!atls_pool_inherited(task))
		return UNDER_WAY;
	if (task->computed)
		return ARRIVED;
	return atls_pool_withdraw(task) ? AGAIN : LOST;
}

/*
 * Pause until the operation is done; a program may resume the job at any time before that. Pause
 * once even if it is done already: programs learn of the wait fd by the pause, and HAProxy aborts
 * when it closes a connection that has a wait fd which it was never told of.
 */
static enum passing await(struct passage *p)
{
	enum passing passing;

	do {
		if (!pause_job(p))
			return LOST; /* bridged: by fd */
		passing = look(p->task);
	} while (passing == UNDER_WAY);
	atls_notifier_retire(p->task->notifier);
	return passing;
}

static enum atls_offload pass(struct passage *p, enum atls_reason *reason)
{
	enum passing passing;
	enum atls_offload how;

	do {
		how = reserve(p, reason);
		if (how != ATLS_OFFLOAD_DONE)
			return how;
		submit(p);
		passing = await(p);
	} while (passing == AGAIN);
	return passing == ARRIVED ? ATLS_OFFLOAD_DONE : ATLS_OFFLOAD_FAILED;
}

enum atls_offload atls_offload(struct atls_task *task, struct atls_operation what,
			       enum atls_reason *reason)
{
	struct passage p = {
		.task = task,
		.ctx = REAL(ASYNC_get_wait_ctx)(REAL(ASYNC_get_current_job)()),
		.conn = atls_self.frame.conn,
	};
	struct atls_notifier *notifier;
	enum atls_offload how;

	atls_pool_prepare();
	notifier = atls_notifier_of(p.ctx);
	*reason = ATLS_REASON_NO_RESOURCE;
	if (!notifier)
		return ATLS_OFFLOAD_REFUSED;
	atls_task_init(task, what, notifier);
	task->generation = atls_generation;
	task->faults = draw_faults(atls_device_spec(), task);
	if (atls_task_suffers(task, ATLS_FAULT_ERR)) {
		set_status(&p, ASYNC_STATUS_ERR);
		atls_errors_raise_fault("err");
		return ATLS_OFFLOAD_FAILED;
	}
	how = pass(&p, reason);
	if (p.conn && p.conn->bridging == ATLS_BRIDGE_ON)
		atls_notifier_part(
			p.ctx); /* the program does not know of it; no fd per open connection */
	return how;
}

/* It is of interest if it is part of a TLS connection or of a job, and recorded. */
void atls_in_place_begin(struct atls_in_place *place)
{
	bool news = atls_recorded(ATLS_EV_engine_inplace) &&
		    (atls_self.frame.conn || REAL(ASYNC_get_current_job)());

	place->told = atls_self.frame.told;
	place->began_ns = news ? now_ns() : 0;
	/* A worker learns by itself, of the whole operation. */
	place->began_cpu_ns =
		atls_device_spec()->min_cost_ns && !atls_self.worker ? atls_cost_clock_ns() : 0;
}

void atls_in_place_end(const struct atls_in_place *place, struct atls_operation what,
		       enum atls_reason reason)
{
	struct atls_conn *conn = atls_self.frame.conn;

	if (place->told != atls_self.frame.told++)
		return;
	if (place->began_cpu_ns)
		atls_cost_learn(what, atls_cost_clock_ns() - place->began_cpu_ns);
	if (conn && what.crypto <= ATLS_CRYPTO_DECRYPT) {
		conn->offloaded = conn->learnt = true;
		conn->cheap = atls_cost_below(what, atls_device_spec()->min_cost_ns);
	}
	if (place->began_ns)
		ATLS_EMIT(engine_inplace, .job = atls_self.frame.job,
			  .conn = atls_self.frame.conn_id, .cost = now_ns() - place->began_ns,
			  .crypto = what.crypto, .alg = what.alg, .bits = what.bits,
			  .reason = reason);
}
