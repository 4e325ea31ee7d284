/* SPDX-License-Identifier: Apache-2.0 */
/* The tracker: processes and threads, and who takes which event. */
#include "model/tracker.h"

#include <errno.h>
#include <stdlib.h>

#include "model/tracker-private.h"

/* ---- things --------------------------------------------------------------------------------- */

static const size_t sizes[ATLS_KINDS] = {
	[ATLS_PROCESS] = sizeof(struct process), [ATLS_THREAD] = sizeof(struct thread),
	[ATLS_JOB] = sizeof(struct job),	 [ATLS_CONN] = sizeof(struct conn),
	[ATLS_WCTX] = sizeof(struct wctx),	 [ATLS_WFD] = sizeof(struct wfd),
	[ATLS_TASK] = sizeof(struct task),
};

/* Parts stand behind the thing, each as aligned as any. */
static size_t aligned(size_t size)
{
	return (size + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
}

static void lay_out(struct atls_tracker *t, enum atls_kind kind)
{
	struct atls_track_pool *pool = &t->pools[kind];

	pool->slab.size = aligned(sizes[kind]);
	for (int i = 0; i < ATLS_OBSERVERS; i++) {
		pool->at[i] = pool->slab.size;
		pool->slab.size += aligned(t->observers[i].part[kind]);
	}
}

void *atls_track_make(struct atls_tracker *t, enum atls_kind kind)
{
	struct atls_track_pool *pool = &t->pools[kind];
	void **thing = atls_slab_get(&pool->slab);

	for (int i = 0; thing && i < ATLS_OBSERVERS; i++)
		thing[i] = (char *)thing + pool->at[i];
	return thing;
}

void *atls_track_add(struct atls_tracker *t, enum atls_kind kind, struct atls_map *map,
		     uint32_t serial)
{
	void *thing = atls_track_make(t, kind);

	if (thing && !atls_map_put(map, atls_track_key(t->thread->process, serial), thing))
		return thing;
	atls_track_drop(t, kind, thing);
	return NULL;
}

void atls_track_drop(struct atls_tracker *t, enum atls_kind kind, void *thing)
{
	atls_slab_put(&t->pools[kind].slab, thing);
}

void atls_track_forget(struct atls_tracker *t, enum atls_kind kind, struct atls_map *map,
		       uint64_t key, void *thing)
{
	atls_map_take(map, key);
	atls_track_drop(t, kind, thing);
}

/* ---- processes and threads ------------------------------------------------------------------ */

static int get_process(struct atls_tracker *t, const struct atls_event *e, struct process **found)
{
	uint64_t key = (uint64_t)e->pid + 1;
	struct process *p = atls_map_get(&t->processes, key);

	*found = p;
	if (p)
		return 0;
	p = atls_track_make(t, ATLS_PROCESS);
	if (!p || atls_map_put(&t->processes, key, p)) {
		atls_track_drop(t, ATLS_PROCESS, p);
		return -ENOMEM;
	}
	p->upid = ++t->last_upid;
	p->pid = e->pid;
	p->begin = e->ts;
	p->mode = ATLS_NULL;
	*found = p;
	return TELL(t, process_seen, p);
}

static int add_thread(struct atls_tracker *t, struct process *p, uint32_t tid)
{
	uint64_t key = atls_track_key(p, tid);
	struct thread *thread = atls_track_make(t, ATLS_THREAD);

	if (!thread || atls_map_put(&t->threads, key, thread)) {
		atls_track_drop(t, ATLS_THREAD, thread);
		return -ENOMEM;
	}
	thread->process = p;
	thread->utid = ++t->last_utid;
	thread->tid = tid;
	thread->role = ATLS_NULL;
	t->thread = thread;
	return TELL(t, thread_seen, thread);
}

static int change_thread(struct atls_tracker *t, const struct atls_event *e)
{
	struct process *p;
	struct thread *thread;
	int ret = get_process(t, e, &p);

	if (ret)
		return ret;
	thread = atls_map_get(&t->threads, atls_track_key(p, e->tid));
	if (!thread)
		return add_thread(t, p, e->tid);
	t->thread = thread;
	return 0;
}

/* Make the thread of e the current one. */
static int enter_thread(struct atls_tracker *t, const struct atls_event *e)
{
	const struct thread *thread = t->thread;
	int ret = 0;

	if (!thread || thread->tid != e->tid || thread->process->pid != e->pid)
		ret = change_thread(t, e);
	if (!ret && e->ts > t->thread->process->end)
		t->thread->process->end = e->ts;
	return ret;
}

static int take_thread_event(struct atls_tracker *t, const struct atls_event *e)
{
	if (e->id == ATLS_EV_thread) {
		t->thread->role = e->thread.role;
		t->thread->process->mode = e->thread.mode;
	}
	return TELL(t, thread_event, e);
}

/* ---- events --------------------------------------------------------------------------------- */

static int (*const takers[ATLS_EV_COUNT])(struct atls_tracker *t, const struct atls_event *e) = {
	[ATLS_EV_process] = take_thread_event,
	[ATLS_EV_program] = take_thread_event,
	[ATLS_EV_thread] = take_thread_event,
	[ATLS_EV_thread_end] = take_thread_event,
	[ATLS_EV_pool_init] = take_thread_event,
	[ATLS_EV_pool_cleanup] = take_thread_event,
	[ATLS_EV_loop_enter] = take_thread_event,
	[ATLS_EV_loop_exit] = take_thread_event,
	[ATLS_EV_bridge_waited] = take_thread_event,
	[ATLS_EV_no_fd] = take_thread_event,
	[ATLS_EV_no_job] = take_thread_event,
	[ATLS_EV_job_start] = atls_track_job_event,
	[ATLS_EV_job_pause] = atls_track_job_event,
	[ATLS_EV_job_resume] = atls_track_job_event,
	[ATLS_EV_job_finish] = atls_track_job_event,
	[ATLS_EV_job_error] = atls_track_job_event,
	[ATLS_EV_job_no_jobs] = atls_track_job_event,
	[ATLS_EV_job_nested] = atls_track_job_event,
	[ATLS_EV_pause_blocked] = atls_track_job_event,
	[ATLS_EV_pause_unblocked] = atls_track_job_event,
	[ATLS_EV_pause_ignored] = atls_track_job_event,
	[ATLS_EV_ssl_new] = atls_track_conn_event,
	[ATLS_EV_ssl_free] = atls_track_conn_event,
	[ATLS_EV_ssl_begin] = atls_track_conn_event,
	[ATLS_EV_ssl_end] = atls_track_conn_event,
	[ATLS_EV_ssl_callback] = atls_track_conn_event,
	[ATLS_EV_ssl_query] = atls_track_conn_event,
	[ATLS_EV_handshake] = atls_track_conn_event,
	[ATLS_EV_server_name] = atls_track_conn_event,
	[ATLS_EV_resume_differs] = atls_track_conn_event,
	[ATLS_EV_watch_churn] = atls_track_conn_event,
	[ATLS_EV_wait_ctx_new] = atls_track_wait_event,
	[ATLS_EV_wait_ctx_free] = atls_track_wait_event,
	[ATLS_EV_wait_fd_set] = atls_track_wait_event,
	[ATLS_EV_wait_fd_clear] = atls_track_wait_event,
	[ATLS_EV_wait_fd_watch] = atls_track_wait_event,
	[ATLS_EV_wait_fd_close] = atls_track_wait_event,
	[ATLS_EV_wait_status] = atls_track_wait_event,
	[ATLS_EV_wait_callback] = atls_track_wait_event,
	[ATLS_EV_callback_fire] = atls_track_wait_event,
	[ATLS_EV_wake] = atls_track_wait_event,
	[ATLS_EV_wake_stray] = atls_track_wait_event,
	[ATLS_EV_fd_ready] = atls_track_wait_event,
	[ATLS_EV_fds_asked] = atls_track_wait_event,
	[ATLS_EV_fd_changed] = atls_track_wait_event,
	[ATLS_EV_engine_submit] = atls_track_task_event,
	[ATLS_EV_engine_begin] = atls_track_task_event,
	[ATLS_EV_engine_done] = atls_track_task_event,
	[ATLS_EV_engine_inplace] = atls_track_task_event,
};

int atls_tracker_event(struct atls_tracker *t, const struct atls_event *e)
{
	struct atls_totals *sum = &t->totals;
	int ret;

	if (sum->t0 == ATLS_NULL || e->ts < sum->t0)
		sum->t0 = e->ts;
	if (sum->t1 == ATLS_NULL || e->ts > sum->t1)
		sum->t1 = e->ts;
	sum->events++;
	sum->by_event[e->id]++;
	t->now = e->ts;
	ret = enter_thread(t, e);
	return ret || !takers[e->id] ? ret : takers[e->id](t, e);
}

int atls_tracker_lost(struct atls_tracker *t, const struct atls_lost *l)
{
	t->totals.lost_events += l->events;
	t->totals.lost_packets += l->packets;
	if (l->ts + l->dur > t->lost_until)
		t->lost_until = l->ts + l->dur;
	return TELL(t, lost, l);
}

/* ---- begin and end -------------------------------------------------------------------------- */

struct atls_tracker *atls_tracker_create(void)
{
	struct atls_tracker *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->totals.t0 = t->totals.t1 = t->lost_until = ATLS_NULL;
	for (int kind = 0; kind < ATLS_KINDS; kind++)
		lay_out(t, kind);
	return t;
}

void atls_tracker_observe(struct atls_tracker *t, enum atls_observer_id id,
			  const struct atls_observer *o)
{
	t->observers[id] = *o;
	for (int kind = 0; kind < ATLS_KINDS; kind++)
		lay_out(t, kind);
}

/* Tell of each thing in a map that it is left. */
#define TELL_LEFT(t, type, map, what)                                     \
	({                                                                \
		size_t cursor_ = 0;                                       \
		int ret_ = 0;                                             \
		struct type *left_;                                       \
                                                                          \
		while (!ret_ && (left_ = atls_map_next((map), &cursor_))) \
			ret_ = TELL((t), what, left_);                    \
		ret_;                                                     \
	})

int atls_tracker_finish(struct atls_tracker *t)
{
	int ret = TELL_LEFT(t, job, &t->jobs, job_left);

	if (!ret)
		ret = TELL_LEFT(t, task, &t->tasks, task_left);
	if (!ret)
		ret = TELL_LEFT(t, conn, &t->conns, conn_left);
	if (!ret)
		ret = TELL_LEFT(t, wctx, &t->wctxs, wctx_left);
	if (!ret)
		ret = TELL_LEFT(t, process, &t->processes, process_left);
	if (!ret)
		ret = TELL_LEFT(t, thread, &t->threads, thread_left);
	return ret;
}

struct job *atls_tracker_job(const struct atls_tracker *t, const struct process *p, uint32_t serial)
{
	return atls_map_get(&t->jobs, atls_track_key(p, serial));
}

void atls_tracker_destroy(struct atls_tracker *t)
{
	if (!t)
		return;
	atls_map_finish(&t->processes);
	atls_map_finish(&t->threads);
	atls_map_finish(&t->jobs);
	atls_map_finish(&t->conns);
	atls_map_finish(&t->wctxs);
	atls_map_finish(&t->tasks);
	for (int kind = 0; kind < ATLS_KINDS; kind++)
		atls_slab_finish(&t->pools[kind].slab);
	free(t);
}
