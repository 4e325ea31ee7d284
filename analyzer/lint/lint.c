/* SPDX-License-Identifier: Apache-2.0 */
/* Lint: processes and threads, what is open, and which handler takes which event. */
#include "lint/lint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lint/private.h"

/* ---- processes and threads ------------------------------------------------------------------ */

static struct lint_process *get_process(struct atls_lint *l, const struct atls_event *e)
{
	uint64_t key = (uint64_t)e->pid + 1;
	struct lint_process *p = atls_map_get(&l->processes, key);

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p || atls_map_put(&l->processes, key, p)) {
		free(p);
		return NULL;
	}
	p->pid = e->pid;
	p->begin = e->ts;
	return p;
}

static int enter_thread(struct atls_lint *l, const struct atls_event *e)
{
	struct lint_thread *t = l->thread;
	struct lint_process *p;

	if (t && t->tid == e->tid && t->process->pid == e->pid)
		return 0;
	p = get_process(l, e);
	if (!p)
		return -ENOMEM;
	t = atls_map_get(&l->threads, lint_key(p, e->tid));
	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t || atls_map_put(&l->threads, lint_key(p, e->tid), t)) {
			free(t);
			return -ENOMEM;
		}
		t->tid = e->tid;
		t->process = p;
	}
	l->thread = t;
	return 0;
}

static int take_process(struct atls_lint *l, const struct atls_event *e)
{
	struct lint_process *p = l->thread->process;

	switch (e->id) {
	case ATLS_EV_process:
		p->nofile = e->process.nofile;
		break;
	case ATLS_EV_thread:
		l->thread->pool = false; /* a program that was executed in its place has none */
		l->thread->engine = e->thread.role == ATLS_ROLE_ENGINE;
		p->mode = e->thread.mode;
		break;
	default: /* loop_exit */
		l->thread->loops = true;
	}
	return 0;
}

/* ---- what is open --------------------------------------------------------------------------- */

static void *get(struct atls_map *map, uint64_t key, struct atls_slab *pool, bool *fresh)
{
	void *thing = atls_map_get(map, key);

	*fresh = !thing;
	if (thing)
		return thing;
	thing = atls_slab_get(pool);
	if (thing && !atls_map_put(map, key, thing))
		return thing;
	atls_slab_put(pool, thing);
	return NULL;
}

struct lint_job *atls_lint_find_job(struct atls_lint *l, uint32_t serial)
{
	return atls_map_get(&l->jobs, lint_key(l->thread->process, serial));
}

struct lint_wctx *atls_lint_find_wctx(struct atls_lint *l, uint32_t serial)
{
	return atls_map_get(&l->wctxs, lint_key(l->thread->process, serial));
}

struct lint_job *atls_lint_get_job(struct atls_lint *l, uint32_t serial)
{
	struct lint_process *p = l->thread->process;
	bool fresh;
	struct lint_job *j = get(&l->jobs, lint_key(p, serial), &l->job_slab, &fresh);

	if (j && fresh) {
		j->serial = serial;
		j->process = p;
		j->thread = l->thread;
		j->begin = l->now;
		j->noticed = j->woken = j->ready = ATLS_NULL;
		j->partial = true;
		l->thread->open++;
	}
	return j;
}

struct lint_conn *atls_lint_get_conn(struct atls_lint *l, uint32_t serial)
{
	struct lint_process *p = l->thread->process;
	bool fresh;
	struct lint_conn *c = get(&l->conns, lint_key(p, serial), &l->conn_slab, &fresh);

	if (c && fresh) {
		c->serial = serial;
		c->process = p;
		c->begin = l->now;
	}
	return c;
}

struct lint_wctx *atls_lint_get_wctx(struct atls_lint *l, uint32_t serial)
{
	struct lint_process *p = l->thread->process;
	bool fresh;
	struct lint_wctx *w = get(&l->wctxs, lint_key(p, serial), &l->wctx_slab, &fresh);

	if (w && fresh) {
		w->serial = serial;
		w->process = p;
		w->begin = l->now;
	}
	return w;
}

/* ---- events --------------------------------------------------------------------------------- */

static int (*const handlers[ATLS_EV_COUNT])(struct atls_lint *l, const struct atls_event *e) = {
	[ATLS_EV_process] = take_process,
	[ATLS_EV_thread] = take_process,
	[ATLS_EV_loop_exit] = take_process,
	[ATLS_EV_job_start] = atls_lint_job_event,
	[ATLS_EV_job_pause] = atls_lint_job_event,
	[ATLS_EV_job_resume] = atls_lint_job_event,
	[ATLS_EV_job_finish] = atls_lint_job_event,
	[ATLS_EV_job_error] = atls_lint_job_event,
	[ATLS_EV_job_no_jobs] = atls_lint_job_event,
	[ATLS_EV_job_nested] = atls_lint_job_event,
	[ATLS_EV_pause_blocked] = atls_lint_job_event,
	[ATLS_EV_pause_unblocked] = atls_lint_job_event,
	[ATLS_EV_pause_ignored] = atls_lint_job_event,
	[ATLS_EV_pool_init] = atls_lint_pool_event,
	[ATLS_EV_pool_cleanup] = atls_lint_pool_event,
	[ATLS_EV_thread_end] = atls_lint_pool_event,
	[ATLS_EV_no_fd] = atls_lint_pool_event,
	[ATLS_EV_engine_submit] = atls_lint_engine_event,
	[ATLS_EV_engine_done] = atls_lint_engine_event,
	[ATLS_EV_engine_inplace] = atls_lint_engine_event,
	[ATLS_EV_no_job] = atls_lint_engine_event,
	[ATLS_EV_wait_fd_set] = atls_lint_wait_event,
	[ATLS_EV_wait_fd_clear] = atls_lint_wait_event,
	[ATLS_EV_wait_fd_watch] = atls_lint_wait_event,
	[ATLS_EV_wait_fd_close] = atls_lint_wait_event,
	[ATLS_EV_wait_status] = atls_lint_wait_event,
	[ATLS_EV_wait_callback] = atls_lint_wait_event,
	[ATLS_EV_wait_ctx_free] = atls_lint_wait_event,
	[ATLS_EV_callback_fire] = atls_lint_wait_event,
	[ATLS_EV_wake] = atls_lint_wait_event,
	[ATLS_EV_wake_stray] = atls_lint_wait_event,
	[ATLS_EV_fd_ready] = atls_lint_wait_event,
	[ATLS_EV_fds_asked] = atls_lint_wait_event,
	[ATLS_EV_fd_changed] = atls_lint_wait_event,
	[ATLS_EV_ssl_new] = atls_lint_conn_event,
	[ATLS_EV_ssl_free] = atls_lint_conn_event,
	[ATLS_EV_ssl_begin] = atls_lint_conn_event,
	[ATLS_EV_ssl_end] = atls_lint_conn_event,
	[ATLS_EV_ssl_mode] = atls_lint_conn_event,
	[ATLS_EV_ssl_callback] = atls_lint_conn_event,
	[ATLS_EV_ssl_query] = atls_lint_conn_event,
	[ATLS_EV_handshake] = atls_lint_conn_event,
	[ATLS_EV_resume_differs] = atls_lint_conn_event,
	[ATLS_EV_watch_churn] = atls_lint_conn_event,
};

int atls_lint_event(struct atls_lint *l, const struct atls_event *e)
{
	int ret;

	l->now = e->ts;
	/* What no rule looks at at least begins its process. */
	if (!handlers[e->id] && l->thread && l->thread->process->pid == e->pid)
		return 0;
	ret = enter_thread(l, e);
	return ret || !handlers[e->id] ? ret : handlers[e->id](l, e);
}

void atls_lint_lost(struct atls_lint *l, const struct atls_lost *lost)
{
	if (lost->ts + lost->dur > l->lost_until)
		l->lost_until = lost->ts + lost->dur;
}

/* ---- begin and end -------------------------------------------------------------------------- */

struct atls_lint *atls_lint_create(const struct atls_model *model,
				   const int64_t limits[ATLS_NLIMITS])
{
	struct atls_lint *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->model = model;
	l->lost_until = ATLS_NULL;
	l->job_slab = ATLS_SLAB(struct lint_job);
	l->conn_slab = ATLS_SLAB(struct lint_conn);
	l->wctx_slab = ATLS_SLAB(struct lint_wctx);
	l->task_slab = ATLS_SLAB(struct lint_task);
	memcpy(l->limit, limits, sizeof(l->limit));
	return l;
}

int atls_lint_finish(struct atls_lint *l)
{
	struct lint_job *j;
	struct lint_wctx *w;
	struct lint_process *p;
	size_t cursor = 0;
	int ret = 0;

	if (!l->thread)
		return 0;
	while (!ret && (j = atls_map_next(&l->jobs, &cursor)))
		ret = atls_lint_job_left(l, j);
	cursor = 0;
	while (!ret && (w = atls_map_next(&l->wctxs, &cursor)))
		ret = atls_lint_wctx_left(l, w);
	cursor = 0;
	while (!ret && (p = atls_map_next(&l->processes, &cursor)))
		ret = atls_lint_process_left(l, p);
	return ret;
}

const struct atls_finding *atls_lint_findings(const struct atls_lint *l)
{
	return l->findings;
}

int64_t atls_lint_withheld(const struct atls_lint *l, enum atls_rule_id rule)
{
	return l->withheld[rule];
}

void atls_lint_destroy(struct atls_lint *l)
{
	if (!l)
		return;
	atls_map_free(&l->processes);
	atls_map_free(&l->threads);
	atls_map_finish(&l->jobs);
	atls_map_finish(&l->conns);
	atls_map_finish(&l->wctxs);
	atls_map_finish(&l->tasks);
	atls_slab_finish(&l->job_slab);
	atls_slab_finish(&l->conn_slab);
	atls_slab_finish(&l->wctx_slab);
	atls_slab_finish(&l->task_slab);
	for (struct atls_finding *f = l->findings, *next; f; f = next) {
		next = f->next;
		free(f);
	}
	free(l);
}
