/* SPDX-License-Identifier: Apache-2.0 */
/* Sends one operation of a job to the engine and keeps the job paused until it is done. */
#include "engine/offload.h"

#include "conn.h"
#include "engine/pool.h"
#include "shim.h"
#include "thread.h"

static enum atls_alg alg_of(EVP_PKEY *pkey)
{
	switch (REAL(EVP_PKEY_get_base_id)(pkey)) {
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

struct atls_operation atls_operation_of(enum atls_crypto crypto, EVP_PKEY *pkey)
{
	struct atls_operation what = { .crypto = crypto };

	if (pkey && REAL(EVP_PKEY_get_base_id) && REAL(EVP_PKEY_get_bits)) {
		what.alg = alg_of(pkey);
		what.bits = REAL(EVP_PKEY_get_bits)(pkey);
	}
	return what;
}

bool atls_offload_possible(enum atls_reason *reason)
{
	*reason = ATLS_REASON_NO_JOB;
	if (atls_config.mode == ATLS_MODE_OBSERVE || !REAL(ASYNC_get_current_job)())
		return false;
	*reason = ATLS_REASON_BLOCKED;
	return !atls_self.blocked;
}

static bool submit(struct atls_task *task, struct atls_operation what)
{
	/* Before a worker can begin it. A refused one shows up as done in place instead. */
	ATLS_EMIT(engine_submit, .task = task->id, .job = atls_self.frame.job, .wctx = task->notifier->wctx,
		  .crypto = what.crypto, .alg = what.alg, .bits = what.bits);
	return atls_pool_submit(task);
}

/*
 * Pause until the operation is done; a program may resume the job at any time before that. Pause
 * once even if it is done already: programs learn of the wait fd by the pause, and HAProxy aborts
 * when it closes a connection that has a wait fd which it was never told of.
 */
static bool await(struct atls_task *task, struct atls_conn *conn)
{
	do {
		ASYNC_pause_job();
		/* First drain, then look: a wake-up that comes after the look is not lost. */
		atls_notifier_drain(task->notifier);
		if (conn && conn->abandoned) {
			if (!atls_pool_withdraw(task))
				atls_task_wait(task); /* a worker may be using what this fibre lent it */
			return false;
		}
	} while (!atls_task_done(task));
	return true;
}

enum atls_offload atls_offload(struct atls_task *task, struct atls_operation what, enum atls_reason *reason)
{
	ASYNC_WAIT_CTX *ctx = REAL(ASYNC_get_wait_ctx)(REAL(ASYNC_get_current_job)());
	struct atls_notifier *notifier = atls_notifier_of(ctx);
	struct atls_conn *conn = atls_self.frame.conn;
	bool done;

	*reason = ATLS_REASON_NO_RESOURCE;
	if (!notifier)
		return ATLS_OFFLOAD_REFUSED;
	atls_task_init(task, notifier);
	*reason = ATLS_REASON_FULL;
	if (!submit(task, what))
		return ATLS_OFFLOAD_REFUSED;
	ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_OK);
	if (conn) {
		conn->task = task;
		conn->offloaded = true;
	}
	done = await(task, conn);
	if (conn) {
		conn->task = NULL;
		if (conn->bridging == ATLS_BRIDGE_ON)
			atls_notifier_retire(ctx);
	}
	return done ? ATLS_OFFLOAD_DONE : ATLS_OFFLOAD_ABANDONED;
}
