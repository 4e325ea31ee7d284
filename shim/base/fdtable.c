/* SPDX-License-Identifier: Apache-2.0 */
/* What the shim knows about file descriptors. */
#include "base/fdtable.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

_Atomic(struct atls_fd *) atls_fd_chunks[ATLS_FD_CHUNKS];

/* The process whose fds these are. */
static pid_t owner;

static void note_owner(void)
{
	owner = getpid();
}

/* A child of fork has a table of its own; one of vfork has none, and runs no handlers. */
static void follow_forks(void)
{
	note_owner();
	pthread_atfork(NULL, NULL, note_owner);
}

bool atls_fd_ours(void)
{
	return owner == getpid();
}

struct atls_fd *atls_fd_get(int fd)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct atls_fd *entry = atls_fd_find(fd), *chunk, *none = NULL;

	if (entry || (unsigned int)fd >= ATLS_FD_CHUNK * ATLS_FD_CHUNKS)
		return entry;
	pthread_once(&once, follow_forks);
	chunk = calloc(ATLS_FD_CHUNK, sizeof(*chunk));
	if (!chunk)
		return NULL;
	if (!atomic_compare_exchange_strong(&atls_fd_chunks[fd / ATLS_FD_CHUNK], &none, chunk))
		free(chunk);
	return atls_fd_find(fd);
}

static bool is_blank(const struct atls_fd *entry)
{
	const struct atls_fd_trace *trace = &entry->trace;

	return !atomic_load(&trace->wctx) && !atomic_load(&trace->former_wctx) &&
	       !atomic_load(&trace->polled_wctx) && !atomic_load(&trace->conn) &&
	       !atomic_load(&trace->peer) && !atomic_load(&entry->epoll.watcher) &&
	       !atomic_load(&entry->epoll.waiter) && !atomic_load(&entry->bridge.caller) &&
	       !atomic_load(&entry->bridge.poller) && !atomic_load(&entry->bridge.home) &&
	       !atomic_load(&entry->bridge.socket);
}

bool atls_fd_forgettable(int fd)
{
	const struct atls_fd *entry = atls_fd_find(fd);

	return entry && !is_blank(entry) && atls_fd_ours();
}

void atls_fd_forget(int fd)
{
	struct atls_fd *entry = atls_fd_find(fd), *other;
	uint32_t wctx;
	int peer;

	if (!entry)
		return;
	peer = atomic_exchange(&entry->trace.peer, 0);
	other = peer ? atls_fd_find(peer - 1) : NULL;
	wctx = atomic_exchange(&entry->trace.wctx, 0);
	if (other)
		atomic_store(&other->trace.peer, 0);
	if (wctx)
		atomic_store(&entry->trace.former_wctx, wctx);
	atomic_store(&entry->trace.polled_wctx, 0);
	atomic_store(&entry->trace.conn, 0);
	atomic_store(&entry->epoll.watcher, 0);
	atomic_store(&entry->epoll.waiter, 0);
	atomic_store(&entry->epoll.shared, false);
	atomic_store(&entry->bridge.caller, 0);
	atomic_store(&entry->bridge.poller, 0);
}
