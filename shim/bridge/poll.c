/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge: the side of poll and select. In the kernel's eyes the program waits for the wait fd
 * of a paused connection in place of its socket's input.
 *
 *   the program's   { 3, IN }  { 7, IN }       { 9, IN | OUT }
 *   the kernel's    { 3, IN }  { wait fd, IN } { 9, OUT }       { wait fd, IN }
 */
#include "bridge/bridge.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/conn.h"
#include "base/fdtable.h"
#include "base/real.h"
#include "base/thread.h"
#include "bridge/finish.h"
#include "bridge/home.h"
#include "bridge/loops.h"
#include "engine/notifier.h"
#include "trace/tracer.h"

#define FEW 32
#define INPUT (POLLIN | POLLRDNORM | POLLRDBAND | POLLPRI | POLLRDHUP)
#define SECOND_NS INT64_C(1000000000)

/* One wait: the program's list, and the kernel's, which is up to twice as long. */
struct wait {
	struct pollfd *fds;
	nfds_t nfds;
	struct pollfd *real;
	nfds_t nreal;
	/* For each of the program's, the slot of the wait fd that stands for its input, or -1. */
	int *slots;
	struct pollfd real_few[2 * FEW];
	int slots_few[FEW];
};

/* The thread has jobs, which must not wait longer than for the next look at them. */
static bool is_home(void)
{
	return atls_self.home &&
	       atomic_load_explicit(&atls_self.home->paused, memory_order_relaxed);
}

bool atls_bridge_polls(const struct pollfd *fds, nfds_t nfds)
{
	atls_loops_note_poll(fds, nfds);
	if (!atomic_load_explicit(&atls_home_paused, memory_order_relaxed))
		return false;
	if (is_home())
		return true;
	for (nfds_t i = 0; i < nfds; i++) {
		struct atls_fd *socket = atls_fd_find(fds[i].fd);

		if (socket && atomic_load_explicit(&socket->bridge.home, memory_order_relaxed) &&
		    fds[i].events & INPUT)
			return true;
	}
	return false;
}

static bool wait_init(struct wait *w, struct pollfd *fds, nfds_t nfds)
{
	w->fds = fds;
	w->nfds = nfds;
	w->real = nfds <= FEW ? w->real_few : calloc(nfds, 2 * sizeof(*w->real));
	w->slots = nfds <= FEW ? w->slots_few : calloc(nfds, sizeof(*w->slots));
	return w->real && w->slots;
}

static void wait_finish(struct wait *w)
{
	if (w->real != w->real_few)
		free(w->real);
	if (w->slots != w->slots_few)
		free(w->slots);
}

/*
 * Put the wait fd in the place of the i-th of the program's, or behind all if that has more to wait
 * for.
 */
static void substitute(struct wait *w, nfds_t i, int wait_fd)
{
	nfds_t slot = i;

	w->real[i].events &= ~INPUT;
	if (w->real[i].events)
		slot = w->nreal++;
	w->real[slot] = (struct pollfd){ .fd = wait_fd, .events = POLLIN };
	w->slots[i] = (int)slot;
}

enum outlook { NOTHING, WAITING, READY };

/* What a socket in the list is to wait for; until the next turn, its thread's loop has it. */
static enum outlook look(int fd, int *wait_fd, bool next)
{
	struct atls_conn *conn = atls_home_lock_socket(atls_fd_find(fd));
	enum outlook outlook;
	struct atls_home *home;

	if (!conn)
		return NOTHING;
	home = atomic_load(&conn->bridge.home);
	outlook = atls_home_ready(conn) ? READY : WAITING;
	*wait_fd = conn->bridge.notifier->fd;
	if (next && home == atls_self.home)
		conn->bridge.turn = home->turn;
	atls_home_unlock(home);
	return outlook;
}

/* Returns true if a job can go on already, so that there is nothing to wait for. */
static bool prepare(struct wait *w)
{
	bool ready = false;
	int wait_fd;

	memcpy(w->real, w->fds, w->nfds * sizeof(*w->real));
	w->nreal = w->nfds;
	for (nfds_t i = 0; i < w->nfds; i++) {
		enum outlook outlook =
			w->fds[i].events & INPUT ? look(w->fds[i].fd, &wait_fd, true) : NOTHING;

		w->slots[i] = -1;
		if (outlook != NOTHING)
			substitute(w, i, wait_fd);
		ready = ready || outlook == READY;
	}
	return ready;
}

/* The program's revents of the i-th of its fds. */
static short outcome(struct wait *w, nfds_t i)
{
	struct pollfd *wait = w->slots[i] < 0 ? NULL : &w->real[w->slots[i]];
	short revents = wait == &w->real[i] ? 0 : w->real[i].revents;
	eventfd_t ignored;
	enum outlook outlook;
	int wait_fd;

	if (!wait)
		return revents;
	outlook = look(w->fds[i].fd, &wait_fd, false);
	if (wait->revents)
		ATLS_EMIT(fd_ready, .wctx = atls_fd_wctx(wait->fd), .fd = wait->fd);
	if (wait->revents && outlook == WAITING && wait_fd == wait->fd)
		eventfd_read(wait->fd,
			     &ignored); /* woken too early; the job's end wakes it again */
	return outlook == READY ? revents | (w->fds[i].events & (POLLIN | POLLRDNORM)) : revents;
}

static int outcomes(struct wait *w)
{
	int n = 0;

	for (nfds_t i = 0; i < w->nfds; i++) {
		w->fds[i].revents = outcome(w, i);
		n += w->fds[i].revents != 0;
	}
	return n;
}

/* The thread sees to its own jobs. Returns how long the next step of the wait may take, ns. */
static int64_t next_step(struct wait *w, int64_t left)
{
	int64_t patience;

	if (prepare(w))
		return 0;
	patience = atls_bridge_tend();
	if (patience < 0)
		patience = SECOND_NS;
	return left > patience ? patience : left > 0 ? left : 0;
}

/* Until end_ns (-1: for ever), in steps that are short enough to notice a lost wake-up. */
static int wait_until(struct wait *w, int64_t end_ns, const sigset_t *mask)
{
	for (;;) {
		int64_t left = end_ns < 0 ? INT64_MAX : end_ns - atls_clock_ns();
		int64_t step = next_step(w, left);
		struct timespec t = { step / SECOND_NS, step % SECOND_NS };
		int n = REAL_LIBC(ppoll)(w->real, w->nreal, &t, mask);

		if (n < 0)
			return n;
		n = outcomes(w);
		if (n || left <= 0)
			return n;
	}
}

int atls_bridge_poll(struct pollfd *fds, nfds_t nfds, int64_t timeout_ns, const sigset_t *mask)
{
	struct wait w;
	int n, saved;

	if (!wait_init(&w, fds, nfds)) {
		wait_finish(&w);
		errno = ENOMEM;
		return -1;
	}
	n = wait_until(&w, timeout_ns < 0 ? -1 : atls_clock_ns() + timeout_ns, mask);
	saved = errno;
	wait_finish(&w);
	errno = saved;
	return n;
}

bool atls_bridge_selects(int nfds, const fd_set *readfds)
{
	atls_loops_note_select(nfds, readfds);
	if (!atomic_load_explicit(&atls_home_paused, memory_order_relaxed))
		return false;
	if (is_home())
		return true;
	for (int fd = 0; readfds && fd < nfds; fd++) {
		struct atls_fd *socket = FD_ISSET(fd, readfds) ? atls_fd_find(fd) : NULL;

		if (socket && atomic_load_explicit(&socket->bridge.home, memory_order_relaxed))
			return true;
	}
	return false;
}

/* What poll reports when select would call the fd readable, writable, exceptional. */
#define READABLE (POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR)
#define WRITABLE (POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR)

static nfds_t from_sets(struct pollfd *fds, int nfds, const fd_set *readfds, const fd_set *writefds,
			const fd_set *exceptfds)
{
	nfds_t n = 0;

	for (int fd = 0; fd < nfds; fd++) {
		short events = (readfds && FD_ISSET(fd, readfds) ? POLLIN : 0) |
			       (writefds && FD_ISSET(fd, writefds) ? POLLOUT : 0) |
			       (exceptfds && FD_ISSET(fd, exceptfds) ? POLLPRI : 0);

		if (events)
			fds[n++] = (struct pollfd){ .fd = fd, .events = events };
	}
	return n;
}

/* Keep fd in the set, if it was there, only if it is ready. Returns whether it is. */
static bool settle(fd_set *set, int fd, bool ready)
{
	if (!set || !FD_ISSET(fd, set))
		return false;
	if (!ready)
		FD_CLR(fd, set);
	return ready;
}

static int to_sets(const struct pollfd *fds, nfds_t n, fd_set *readfds, fd_set *writefds,
		   fd_set *exceptfds)
{
	int bits = 0;

	for (nfds_t i = 0; i < n; i++)
		if (fds[i].revents & POLLNVAL) {
			errno = EBADF;
			return -1;
		}
	for (nfds_t i = 0; i < n; i++) {
		bits += settle(readfds, fds[i].fd, fds[i].revents & READABLE);
		bits += settle(writefds, fds[i].fd, fds[i].revents & WRITABLE);
		bits += settle(exceptfds, fds[i].fd, fds[i].revents & POLLPRI);
	}
	return bits;
}

int atls_bridge_select(int nfds, fd_set *readfds, fd_set *writefds, fd_set *exceptfds,
		       int64_t timeout_ns, const sigset_t *mask)
{
	struct pollfd *fds = calloc(nfds > 0 ? nfds : 1, sizeof(*fds));
	nfds_t n;
	int ret, saved;

	if (!fds) {
		errno = ENOMEM;
		return -1;
	}
	n = from_sets(fds, nfds, readfds, writefds, exceptfds);
	ret = atls_bridge_poll(fds, n, timeout_ns, mask);
	if (ret >= 0)
		ret = to_sets(fds, n, readfds, writefds, exceptfds);
	saved = errno;
	free(fds);
	errno = saved;
	return ret;
}
