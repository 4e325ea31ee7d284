/* SPDX-License-Identifier: Apache-2.0 */
/* What the shim knows about file descriptors: which are wait fds, and who watches which socket. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct atls_conn;
struct atls_home;

/* What tracing knows. Ids are 0 if there is none. */
struct atls_fd_trace {
	_Atomic uint32_t wctx; /* the wait context whose wait fd this is */
	/* The one whose wait fd it was last, until the number is known to be another file's. */
	_Atomic uint32_t former_wctx;
	_Atomic uint32_t polled_wctx; /* the one for which wait_fd_watch by poll or select is out */
	_Atomic uint32_t conn;	      /* the connection whose socket this is */
	_Atomic uint32_t churn;	      /* epoll_ctl calls on this socket since its last SSL call */
	_Atomic int peer;	      /* fd + 1 of the other end of a pipe, else 0 */
};

/* How the program has registered it with epoll. */
struct atls_fd_epoll {
	_Atomic int watcher;	 /* epoll fd + 1 of the set that holds this fd, else 0 */
	_Atomic uint32_t events; /* as the program asked for them; valid while watched */
	_Atomic uint64_t data;	 /* the same */
	/* Of an epoll fd: */
	_Atomic uint32_t waiter; /* number of the first thread that waited on it, 0 if none has */
	_Atomic bool shared;	 /* another thread has waited, too, or has modified its fds */
};

/* What the bridge knows. */
struct atls_fd_bridge {
	/* Of a socket: */
	_Atomic uint32_t caller; /* who called SSL before any loop had it (loops.c), 0: nobody */
	_Atomic uint32_t poller; /* number of the thread that gave it to poll or select, 0: none */
	/* Of the paused job that it waits for, else NULL; what follows is under that one's lock. */
	_Atomic(struct atls_home *) home;
	struct atls_conn *conn; /* whose job that is */
	bool narrowed;		/* the kernel's interest in it is narrower than the program's */
	bool spent;		/* its one-shot registration was used up by the wait fd's event */
	/* Of a wait fd in a program's epoll set: */
	_Atomic int socket;	     /* socket fd + 1 that it stands for, else 0 */
	_Atomic uint32_t generation; /* tells a late event of an earlier owner of this number */
};

struct atls_fd {
	struct atls_fd_trace trace;
	struct atls_fd_epoll epoll;
	struct atls_fd_bridge bridge;
};

#define ATLS_FD_CHUNK 1024
#define ATLS_FD_CHUNKS 1024

extern _Atomic(struct atls_fd *) atls_fd_chunks[ATLS_FD_CHUNKS];

/* The entry of fd, or NULL if nothing was ever noted about it. Any thread, signal-safe. */
static inline struct atls_fd *atls_fd_find(int fd)
{
	struct atls_fd *chunk;

	if ((unsigned int)fd >= ATLS_FD_CHUNK * ATLS_FD_CHUNKS)
		return NULL;
	chunk = atomic_load_explicit(&atls_fd_chunks[fd / ATLS_FD_CHUNK], memory_order_acquire);
	return chunk ? &chunk[fd % ATLS_FD_CHUNK] : NULL;
}

/* The entry of fd, made if need be. NULL when fd is out of range or memory is out. */
struct atls_fd *atls_fd_get(int fd);

/*
 * Whether there is anything to forget of fd, and to be forgotten: not by a vfork's child, which
 * closes fds of its own in its parent's memory.
 */
bool atls_fd_forgettable(int fd);
/* Forget what the number stood for, as it is closed or becomes another file's. */
void atls_fd_forget(int fd);
/* False in a child of vfork. */
bool atls_fd_ours(void);

/* The id of the wait context that fd belongs to, or 0. */
static inline uint32_t atls_fd_wctx(int fd)
{
	struct atls_fd *entry = atls_fd_find(fd);

	return entry ? atomic_load_explicit(&entry->trace.wctx, memory_order_acquire) : 0;
}
