/* SPDX-License-Identifier: Apache-2.0 */
/* Wrappers of the ASYNC_* calls about jobs and threads. */
#include "base/conn.h"
#include "base/object.h"
#include "base/overflow.h"
#include "base/stack.h"
#include "base/status.h"
#include "base/thread.h"
#include "shim.h"
#include "trace/handshake.h"
#include "trace/ident.h"
#include "trace/jobtime.h"
#include "wrap/attach.h"

static bool frame_in_use(void)
{
	return atls_self.frame.conn || atls_self.frame.job || atls_self.frame.depth ||
	       atls_self.frame.stack;
}

/* It allocates the stacks of jobs itself, so jobs run on those. */
static _Atomic bool program_has_stacks;

/* What a new job is to run, and on which stack. It begins on this thread, before any other. */
static __thread struct {
	struct atls_stack *stack;
	int (*func)(void *);
} beginning;

/* A job's function, as OpenSSL knows it: called on OpenSSL's stack, goes on to ours. */
static int run_on_own_stack(void *args)
{
	struct atls_stack *stack = beginning.stack;
	int ret;

	beginning.stack = NULL;
	atls_self.frame.stack = stack;
	ret = atls_stack_call(stack, beginning.func, args);
	atls_stack_give_back(stack);
	return ret;
}

/* Not inlined: the thread may be another one than before the switch of stacks. */
__attribute__((noinline)) static void give_back_unused(void)
{
	if (!beginning.stack)
		return;
	atls_stack_give_back(beginning.stack);
	beginning.stack = NULL;
}

/*
 * Have a new job run *func on a stack of ours. False if there is none and OpenSSL's will not do:
 * what a program that knows nothing of jobs does in a handshake may need more.
 */
static bool give_stack(int (**func)(void *))
{
	struct atls_conn *conn = atls_self.frame.conn;

	if (atls_config.mode == ATLS_MODE_OBSERVE || atomic_load(&program_has_stacks))
		return true;
	atls_overflow_arm();
	beginning.stack = atls_stack_take();
	if (beginning.stack) {
		beginning.func = *func;
		*func = run_on_own_stack;
		return true;
	}
	if (!conn || conn->bridge.state != ATLS_BRIDGE_ON)
		return true;
	conn->engine.no_job = ATLS_REASON_NO_RESOURCE;
	return false;
}

static uint32_t note_new(ASYNC_WAIT_CTX *wctx)
{
	uint32_t id = atls_job_new();

	if (atls_self.frame.job)
		ATLS_EMIT(job_nested, .job = id, .outer = atls_self.frame.job);
	ATLS_EMIT(job_start, .job = id, .conn = atls_self.frame.conn_id,
		  .wctx = atls_waitctx_id(wctx), .op = atls_self.frame.work);
	atls_jobtime_start(id);
	return id;
}

static uint32_t note_start(ASYNC_JOB *job, ASYNC_WAIT_CTX *wctx)
{
	uint32_t id;

	atls_self.uses_tls = true;
	if (!job)
		return note_new(wctx);
	id = atls_job_id(job);
	ATLS_EMIT(job_resume, .job = id);
	return id;
}

static void note_pause(bool first, const ASYNC_JOB *job, uint32_t id)
{
	if (first) {
		atls_job_remember(job, id);
		atls_self.paused++;
	}
	ATLS_EMIT(job_pause, .job = id);
}

static void note_end(int status, uint32_t id, const int *ret)
{
	switch (status) {
	case ASYNC_FINISH:
		ATLS_EMIT(job_finish, .job = id, .ret = *ret);
		atls_jobtime_end(id);
		break;
	case ASYNC_NO_JOBS:
		ATLS_EMIT(job_no_jobs, .job = id);
		break;
	default:
		ATLS_EMIT(job_error, .job = id);
	}
}

/*
 * libssl starts a job without one of our wrappers on the stack where it calls itself, as its BIO
 * does. The first member of its jobs' arguments is the SSL, in every version. Returns that, or
 * NULL.
 */
static SSL *adopt_connection(const void *caller, void *args, size_t size)
{
	struct atls_frame *frame = &atls_self.frame;
	SSL *ssl;

	if (frame->conn || size < sizeof(SSL *) || !atls_caller_is_libssl(caller))
		return NULL;
	ssl = *(SSL **)args;
	frame->conn = atls_conn_of(ssl);
	frame->conn_id = frame->conn ? frame->conn->id : 0;
	frame->work = REAL(SSL_is_init_finished)(ssl) ? ATLS_OP_NONE : ATLS_OP_HANDSHAKE;
	return frame->conn ? ssl : NULL;
}

static void note_return(int status, const ASYNC_JOB *before, const ASYNC_JOB *after, uint32_t id,
			const int *ret)
{
	if (status == ASYNC_PAUSE) {
		note_pause(!before, after, id);
		return;
	}
	note_end(status, id, ret);
	if (before) {
		atls_job_forget(before);
		atls_self.paused--;
	}
}

/* Jumped to by the wrapper, so that the caller is the wrapper's. */
__attribute__((noinline)) static int start_traced(ASYNC_JOB **job, ASYNC_WAIT_CTX *ctx, int *ret,
						  int (*func)(void *), void *args, size_t size)
{
	struct atls_frame frame = atls_self.frame, outer = atls_self.outer;
	SSL *adopted = adopt_connection(ATLS_CALLER(), args, size);
	const ASYNC_JOB *before = *job;
	uint32_t id = 0;
	int status;

	if (!before && !give_stack(&func)) {
		atls_frame_restore(&frame);
		return ASYNC_NO_JOBS;
	}
	if (atls_recording())
		atls_self.frame.job = id = note_start(*job, ctx);
	else
		atls_dormant();
	atls_self.outer = frame;
	atls_self.switches++;
	status = REAL(ASYNC_start_job)(job, ctx, ret, func, args, size);
	atls_frame_restore(&frame);
	atls_self.outer = outer;
	give_back_unused();
	if (id)
		note_return(status, before, *job, id, ret);
	if (id && adopted)
		atls_handshake_note(adopted, atls_conn_find(adopted));
	return status;
}

/*
 * While nobody records, a jump to the real function and nothing after it: each return across a
 * switch of stacks is one that the processor mispredicts. Should a recording begin while the job
 * runs, pause_kept sees to it that the frame is right.
 */
EXPORT int ASYNC_start_job(ASYNC_JOB **job, ASYNC_WAIT_CTX *ctx, int *ret, int (*func)(void *),
			   void *args, size_t size)
{
	ATLS_BEGIN_CRYPTO(ASYNC_start_job, job, ctx, ret, func, args, size);
	atls_status_raise(&asynctls_shim_status.jobs);
	if (atls_active() || frame_in_use())
		return start_traced(job, ctx, ret, func, args, size);
	atls_dormant();
	return REAL(ASYNC_start_job)(job, ctx, ret, func, args, size);
}

__attribute__((noinline)) static uint32_t switches(void)
{
	return atls_self.switches;
}

static void note_pause_ignored(void)
{
	ATLS_EMIT(pause_ignored, .job = atls_self.frame.job,
		  .blocked = REAL(ASYNC_get_current_job)() != NULL);
}

/*
 * May never return: an abandoned job stays where it paused. Nothing may depend on what follows. If
 * no job was started or resumed meanwhile, the pause was none.
 */
__attribute__((noinline)) static int pause_kept(void)
{
	struct atls_frame frame = atls_self.frame;
	uint32_t before = switches();
	int ok;

	atls_self.frame = atls_self.outer; /* the stack that goes on now may not restore its own */
	ok = REAL(ASYNC_pause_job)();
	atls_frame_restore(&frame);
	if (switches() == before)
		note_pause_ignored();
	return ok;
}

EXPORT int ASYNC_pause_job(void)
{
	ATLS_BEGIN_CRYPTO(ASYNC_pause_job);
	atls_self.frame.reports++;
	return frame_in_use() || atls_recording() ? pause_kept() : REAL(ASYNC_pause_job)();
}

EXPORT void ASYNC_block_pause(void)
{
	ATLS_BEGIN_CRYPTO(ASYNC_block_pause);
	/* Outside a job both are without effect. */
	if (atls_active() && REAL(ASYNC_get_current_job)() && !atls_self.blocked++)
		ATLS_EMIT(pause_blocked, .job = atls_self.frame.job);
	REAL(ASYNC_block_pause)();
}

EXPORT void ASYNC_unblock_pause(void)
{
	ATLS_BEGIN_CRYPTO(ASYNC_unblock_pause);
	if (atls_self.blocked && REAL(ASYNC_get_current_job)() && !--atls_self.blocked)
		ATLS_EMIT(pause_unblocked, .job = atls_self.frame.job);
	REAL(ASYNC_unblock_pause)();
}

/* True if the caller is an engine or a program: libssl asks ahead of each job. */
static bool is_outsider(const void *caller)
{
	return !atls_caller_is_libssl(caller) && !atls_caller_is_libcrypto(caller);
}

EXPORT ASYNC_JOB *ASYNC_get_current_job(void)
{
	struct atls_frame *frame = &atls_self.frame;
	ASYNC_JOB *job;

	ATLS_BEGIN_CRYPTO(ASYNC_get_current_job);
	job = REAL(ASYNC_get_current_job)();
	if (!job && frame->conn && !frame->no_job_reported && atls_recorded(ATLS_EV_no_job) &&
	    is_outsider(ATLS_CALLER())) {
		frame->no_job_reported = true;
		ATLS_EMIT(no_job, .conn = frame->conn_id);
	}
	return job;
}

EXPORT int ASYNC_init_thread(size_t max_size, size_t init_size)
{
	int ok;

	ATLS_BEGIN_CRYPTO(ASYNC_init_thread, max_size, init_size);
	ok = REAL(ASYNC_init_thread)(max_size, init_size);
	ATLS_EMIT(pool_init, .max = max_size, .init = init_size, .ok = ok);
	return ok;
}

EXPORT void ASYNC_cleanup_thread(void)
{
	ATLS_BEGIN_CRYPTO(ASYNC_cleanup_thread);
	ATLS_EMIT(pool_cleanup, .paused = atls_self.paused);
	REAL(ASYNC_cleanup_thread)();
}

EXPORT int ASYNC_set_mem_functions(atls_stack_alloc alloc, atls_stack_free free)
{
	int ok;

	ATLS_BEGIN_CRYPTO(ASYNC_set_mem_functions, alloc, free);
	if (!REAL(ASYNC_set_mem_functions))
		return 0;
	ok = REAL(ASYNC_set_mem_functions)(alloc, free);
	if (ok)
		atomic_store(&program_has_stacks, true);
	ATLS_EMIT(mem_functions, .ok = ok);
	return ok;
}
