/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The home of a thread's paused jobs. OpenSSL resumes a job only on the thread that paused it, so
 * each job has one home for its life, while other threads may look, call, close or free.
 *
 *   PAUSED ──► (the program calls again on this thread: gone from here)
 *      └─────► RUNNING ──► HOME: the job is over; the program's next call, on any thread, goes on
 *
 * A home's lock keeps a connection in it from being resumed or freed while another thread looks.
 * Homes are never freed: when a thread has ended, the next one moves in.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct atls_conn;
struct atls_fd;

enum atls_home_job {
	ATLS_JOB_PAUSED,
	ATLS_JOB_RUNNING, /* a thread is at it, without the lock: hands off */
	ATLS_JOB_HOME,	  /* brought to its end by its thread, of which the program knows nothing */
};

struct atls_home {
	struct atls_home *next; /* of all that there are */
	pthread_mutex_t lock;
	struct atls_conn *first;
	_Atomic unsigned int paused; /* connections in the list */
	_Atomic unsigned int astray; /* how many of them are unwatched, handed or freed */
	_Atomic bool ended;	     /* its thread has: nobody resumes what is left */
	/* Its thread's own: */
	uint32_t turn;	   /* counts the waits of the thread's loop */
	int64_t looked_ns; /* when lost wake-ups were last looked for */
};

/* Paused connections of all homes. */
extern _Atomic unsigned int atls_home_paused;

/*
 * The calling thread's own, made if need be; at_end is called as the thread ends, ahead of
 * OpenSSL's own clearing up. NULL if it ends already, or memory is out.
 */
struct atls_home *atls_home_mine(void (*at_end)(void));

/* The job of conn has paused on the calling thread; its socket and the rest are set. */
void atls_home_add(struct atls_home *home, struct atls_conn *conn);

/*
 * Lock the home of the job that a socket waits for. Returns its connection, or NULL, and then
 * nothing is locked.
 */
struct atls_conn *atls_home_lock_socket(struct atls_fd *socket);
/* The same by the connection, which the caller may use: the home, or NULL. */
struct atls_home *atls_home_lock(struct atls_conn *conn);
void atls_home_unlock(struct atls_home *home);

/* These with the home's lock held. */

/* Its job goes on, or never will: take it off the list. No thread may count on the home then. */
void atls_home_remove(struct atls_home *home, struct atls_conn *conn);
/* Its socket stands for something else from now on: closed, or freed. */
void atls_home_cut(struct atls_home *home, struct atls_conn *conn);
/* Whether no loop of its thread's has it, so that its thread must see to it by itself. */
void atls_home_set_unwatched(struct atls_home *home, struct atls_conn *conn, bool unwatched);
void atls_home_set_handed(struct atls_home *home, struct atls_conn *conn);
void atls_home_set_freed(struct atls_home *home, struct atls_conn *conn);
/* There is a reason to resume its job. */
bool atls_home_done(const struct atls_conn *conn);
/* The program is to call again: by then its job can go on, or has come home. */
bool atls_home_ready(const struct atls_conn *conn);
