/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose event loops they are, as far as has been seen. A job is paused only where the loop that
 * watches its socket is its thread's alone, for no other thread may resume it.
 *
 * A socket that no epoll set holds, and that this thread has not polled yet, may be added to its
 * thread's own after the call (HAProxy), be given to poll or select, or be handed to another thread
 * (memcached). Which of them this program does is learnt from its first connections, whose
 * operations are done in place.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <sys/select.h>

/* The calling thread waits on epfd. */
void atls_loops_note_wait(int epfd);
/* The calling thread has changed what epfd holds; called after that is in the table of fds. */
void atls_loops_note_control(int epfd, int op, int fd);
/* The calling thread waits for these by poll, or select. */
void atls_loops_note_poll(const struct pollfd *fds, nfds_t nfds);
void atls_loops_note_select(int nfds, const fd_set *readfds);

/*
 * An SSL call of the calling thread has left its connection waiting for input from fd, in the midst
 * of its handshake or (over) behind that, when it may well be handed on.
 */
void atls_loops_note_call(int fd, bool over);
/* A connection has been handed on to the calling thread before its handshake was over. */
void atls_loops_note_handed(void);
/* The same while its job was paused. */
void atls_loops_note_strayed(void);

/* Whether the loop that watches the socket fd, or will, is the calling thread's alone. */
bool atls_loops_own(int fd);
/* Whether fd is watched by some loop, or may be: else a wait inside the call harms nobody. */
bool atls_loops_seen(int fd);
