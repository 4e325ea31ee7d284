/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the tracker share: how things are made, found and told of. */
#pragma once

#include "model/tracker.h"

/* Tell each observer that wants to know. 0, or what the first said that failed. */
#define TELL(t, what, ...)                                                    \
	({                                                                    \
		int told_ = 0;                                                \
                                                                              \
		for (int i_ = 0; i_ < ATLS_OBSERVERS && !told_; i_++) {       \
			const struct atls_observer *o_ = &(t)->observers[i_]; \
                                                                              \
			if (o_->what)                                         \
				told_ = o_->what(o_->self, __VA_ARGS__);      \
		}                                                             \
		told_;                                                        \
	})

static inline uint64_t atls_track_key(const struct process *p, uint32_t serial)
{
	return (uint64_t)p->upid << 32 | serial;
}

/* The thing of the current process with that serial, or NULL. */
static inline void *atls_track_find(const struct atls_tracker *t, const struct atls_map *map,
				    uint32_t serial)
{
	return atls_map_get(map, atls_track_key(t->thread->process, serial));
}

/* tracker.c: a thing, all zero but for where its parts are. NULL if there is no memory. */
void *atls_track_make(struct atls_tracker *t, enum atls_kind kind);
/* The same, and put it into the map for the current process. */
void *atls_track_add(struct atls_tracker *t, enum atls_kind kind, struct atls_map *map,
		     uint32_t serial);
/* The end of a thing; forget also takes it out of the map. */
void atls_track_drop(struct atls_tracker *t, enum atls_kind kind, void *thing);
void atls_track_forget(struct atls_tracker *t, enum atls_kind kind, struct atls_map *map,
		       uint64_t key, void *thing);

/* What takes the events, by what they are about. */
int atls_track_job_event(struct atls_tracker *t, const struct atls_event *e);
int atls_track_conn_event(struct atls_tracker *t, const struct atls_event *e);
int atls_track_wait_event(struct atls_tracker *t, const struct atls_event *e);
int atls_track_task_event(struct atls_tracker *t, const struct atls_event *e);

/* Find it, or hear of it; a connection with serial 0 is none. 0 or -ENOMEM. */
int atls_track_get_conn(struct atls_tracker *t, uint32_t serial, struct conn **c);
int atls_track_get_wctx(struct atls_tracker *t, uint32_t serial, struct wctx **w);
/* The same for what happens to a connection, which makes it known. 0 or -errno. */
int atls_track_meet_conn(struct atls_tracker *t, uint32_t serial, struct conn **c);
/* Something tells that what the job waits for is done. */
int atls_track_notice(struct atls_tracker *t, struct job *j, const struct atls_event *e);
/* Its connection was freed, which had the wait context with that serial; 0: none. */
int atls_track_drop_wctx(struct atls_tracker *t, uint32_t serial);
/* Forget it if it is freed and no job that began on it is open. */
void atls_track_release_wctx(struct atls_tracker *t, struct wctx *w);
