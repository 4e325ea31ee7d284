/* SPDX-License-Identifier: Apache-2.0 */
/* What the shim knows about file descriptors. */
#include "base/fdtable.h"

#include <stdlib.h>

_Atomic(struct atls_fd *) atls_fd_chunks[ATLS_FD_CHUNKS];

struct atls_fd *atls_fd_get(int fd)
{
	struct atls_fd *entry = atls_fd_find(fd), *chunk, *none = NULL;

	if (entry || (unsigned int)fd >= ATLS_FD_CHUNK * ATLS_FD_CHUNKS)
		return entry;
	chunk = calloc(ATLS_FD_CHUNK, sizeof(*chunk));
	if (!chunk)
		return NULL;
	if (!atomic_compare_exchange_strong(&atls_fd_chunks[fd / ATLS_FD_CHUNK], &none, chunk))
		free(chunk);
	return atls_fd_find(fd);
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
}
