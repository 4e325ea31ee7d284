/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridged connections whose jobs are paused and whose sockets an event loop watches. The list's
 * lock is also what keeps a connection in it from being resumed or freed while another thread
 * looks.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

struct atls_conn;
struct atls_fd;

extern _Atomic unsigned int atls_paused_count;

/* True once this process has forked while jobs were paused. */
extern _Atomic bool atls_paused_forked;

/* Whether event loops have anything to take care of. */
static inline bool atls_paused_any(void)
{
	return atomic_load_explicit(&atls_paused_count, memory_order_relaxed) > 0;
}

/* The job of conn has paused; its socket and wait_fd are set. */
void atls_paused_add(struct atls_conn *conn);
/*
 * It is about to go on, or its connection to be freed. Harmless if it is not in the list. False if
 * its socket was not its own any more.
 */
bool atls_paused_remove(struct atls_conn *conn);

enum atls_paused_state {
	ATLS_PAUSED_NOT,     /* no job waits on behalf of this socket */
	ATLS_PAUSED_WAITING, /* one does, and its operation is not done */
	ATLS_PAUSED_READY,   /* it can go on */
};

/*
 * How it stands with the connection that has this socket. *wait_fd (may be NULL) is set unless NOT.
 */
enum atls_paused_state atls_paused_look(struct atls_fd *socket, int *wait_fd);

/*
 * Called ahead of each wait of an event loop while jobs are paused: about once a second, wakes
 * those that could have gone on, in case their wake-up was lost.
 */
void atls_paused_recheck(void);
/* The longest that a wait may take until the next look, ns. */
#define ATLS_PAUSED_PATIENCE_NS 1000000000
