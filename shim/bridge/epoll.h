/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge: the loops that watch the sockets of paused connections, and epoll's side. */
#pragma once

#include <stdbool.h>
#include <sys/epoll.h>

struct atls_conn;
struct atls_home;

/*
 * The event loops' side. watch: see to it that the loop that watches the connection's socket gets
 * an event when its job can go on; false if none can. unwatch: the job goes on, or never will; as
 * before from here on. home is the calling thread's own.
 */
bool atls_bridge_watch(struct atls_conn *conn, struct atls_home *home);
void atls_bridge_unwatch(struct atls_conn *conn);
/* Its part that concerns the loop, with the lock of the job's home. */
void atls_bridge_leave_loop(struct atls_conn *conn);

/*
 * epoll. The program has added a socket to an epoll set, changed it there, or removed it
 * (EPOLL_CTL_*); called after that is noted in the table of fds.
 */
void atls_bridge_epoll_changed(int epfd, int op, int fd);
/*
 * Turn the wait fds' events, as the kernel reported them, into events of their sockets; returns how
 * many remain. Nothing else is touched.
 */
int atls_bridge_translate(int epfd, struct epoll_event *events, int n);
/* The program is about to close fd; called before that is noted. */
void atls_bridge_fd_closed(int fd);
