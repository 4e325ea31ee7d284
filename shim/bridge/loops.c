/* SPDX-License-Identifier: Apache-2.0 */
/* Whose event loops they are. */
#include "bridge/loops.h"

#include <stdatomic.h>
#include <sys/epoll.h>

#include "base/fdtable.h"
#include "base/thread.h"

/* What becomes of sockets after the first call on them, if no loop has them by then. */
enum { UNKNOWN, STAY, HANDED };

static _Atomic int newcomers;
/* Connections have been handed on in the midst of a job: nothing that is seen can be relied on. */
static _Atomic bool strayed;

static void learn(int what)
{
	int unknown = UNKNOWN;

	if (what == HANDED)
		atomic_store(&newcomers, HANDED);
	else
		atomic_compare_exchange_strong(&newcomers, &unknown, what);
}

void atls_loops_note_wait(int epfd)
{
	struct atls_fd *set = atls_fd_get(epfd);
	uint32_t nobody = 0, me = atls_thread_number();

	if (set && atomic_load_explicit(&set->epoll.waiter, memory_order_relaxed) != me &&
	    !atomic_compare_exchange_strong(&set->epoll.waiter, &nobody, me))
		atomic_store(&set->epoll.shared, true);
}

/* The calling thread, and nobody else, waits on the set. */
static bool is_mine(const struct atls_fd *set)
{
	return set && atomic_load(&set->epoll.waiter) == atls_thread_number() &&
	       !atomic_load(&set->epoll.shared);
}

/* A socket has got a loop; if that is known to be the caller's, or another's, so is the custom. */
static void meet(struct atls_fd *socket, bool mine, bool known)
{
	uint32_t caller = atomic_load(&socket->bridge.caller);

	if (!caller)
		return;
	atomic_store(&socket->bridge.caller, 0);
	if (caller >> 1 == atls_thread_number() && mine)
		learn(STAY);
	else if (!(caller & 1) && (caller >> 1 != atls_thread_number() || known))
		learn(HANDED);
}

void atls_loops_note_control(int epfd, int op, int fd)
{
	struct atls_fd *set = atls_fd_find(epfd), *socket = atls_fd_find(fd);
	uint32_t waiter = set ? atomic_load(&set->epoll.waiter) : 0;

	if (op == EPOLL_CTL_MOD && waiter && waiter != atls_thread_number())
		atomic_store(&set->epoll.shared, true);
	if (op != EPOLL_CTL_DEL && socket)
		meet(socket, is_mine(set), waiter != 0);
}

static bool is_curious(void)
{
	return atomic_load_explicit(&newcomers, memory_order_relaxed) == UNKNOWN;
}

/* A socket that is polled ahead of its first call tells as much as one that is after it. */
static void note_polled(int fd)
{
	struct atls_fd *socket = fd >= 0 ? atls_fd_get(fd) : NULL;

	if (!socket)
		return;
	atomic_store_explicit(&socket->bridge.poller, atls_thread_number(), memory_order_relaxed);
	meet(socket, true, true);
}

void atls_loops_note_poll(const struct pollfd *fds, nfds_t nfds)
{
	for (nfds_t i = 0; is_curious() && i < nfds; i++)
		note_polled(fds[i].fd);
}

void atls_loops_note_select(int nfds, const fd_set *readfds)
{
	for (int fd = 0; is_curious() && readfds && fd < nfds; fd++)
		if (FD_ISSET(fd, readfds))
			note_polled(fd);
}

void atls_loops_note_call(int fd, bool over)
{
	struct atls_fd *socket = atls_fd_get(fd);

	if (!socket || atomic_load(&socket->epoll.watcher))
		return;
	atomic_store(&socket->bridge.caller, atls_thread_number() << 1 | over);
}

void atls_loops_note_handed(void)
{
	learn(HANDED);
}

void atls_loops_note_strayed(void)
{
	atomic_store(&strayed, true);
}

static int watcher_of(int fd)
{
	const struct atls_fd *socket = atls_fd_find(fd);

	return socket ? atomic_load(&socket->epoll.watcher) - 1 : -1;
}

static bool is_polled_here(int fd)
{
	const struct atls_fd *socket = atls_fd_find(fd);

	return socket && atomic_load(&socket->bridge.poller) == atls_thread_number();
}

bool atls_loops_seen(int fd)
{
	return watcher_of(fd) >= 0 || atls_self.has_event_loop;
}

bool atls_loops_own(int fd)
{
	int watcher = watcher_of(fd);

	if (atomic_load(&strayed) || atls_self.ending)
		return false;
	if (watcher >= 0)
		return is_mine(atls_fd_find(watcher));
	return atls_self.has_event_loop &&
	       (atomic_load(&newcomers) == STAY ||
		(atomic_load(&newcomers) == UNKNOWN && is_polled_here(fd)));
}
