/* SPDX-License-Identifier: Apache-2.0 */
/* A recording while it goes on: its limits, signals, requests and progress. */
#include "record/watch.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/format.h"
#include "base/log.h"
#include "record/directory.h"
#include "record/finish.h"
#include "record/limits.h"
#include "record/requests.h"
#include "record/signals.h"

#define TICK_MS 200
#define IDLE_MS 1000
#define SECOND_NS 1000000000LL

#define BYTES_PER_EVENT 27 /* to guess at the number of events while they come */

/* --- the progress line ---------------------------------------------------- */

static void show_progress(struct recorder *r)
{
	static int64_t shown;
	int64_t now = atls_clock_now();
	atls_text events, size, lost;
	uint64_t bytes;

	if (!r->on_terminal || r->stopped || now < shown + SECOND_NS)
		return;
	shown = now;
	bytes = atls_directory_size(r->output.ctf);
	if (atls_control_state(&r->control, &r->state))
		return;
	snprintf(size, sizeof(size), "%.1f MB", bytes / 1e6);
	fprintf(stderr, "\r\033[Kasynctls: %" PRId64 " s, about %s events, %s, %s lost\r",
		(int64_t)((now - r->meta.start.monotonic) / SECOND_NS),
		atls_format_count(events, bytes / BYTES_PER_EVENT), size,
		atls_format_count(lost, r->state.loss.events));
}

static void wipe_progress(const struct recorder *r)
{
	if (r->on_terminal)
		fputs("\033[K", stderr);
}

/* --- the loop ------------------------------------------------------------- */

static bool over(const struct recorder *r)
{
	return r->has_command ? r->child.all_ended : r->stopped;
}

enum { FD_CHILD, FD_SIGNALS, FD_CONTROL, FD_PID, FD_SOCKET, FD_COUNT };

/* Returns false if the user wants no more. */
static bool handle_events(struct recorder *r, struct pollfd *fds)
{
	if (fds[FD_CONTROL].revents) {
		/* Its own message has been printed; stopping will tell more. */
		fds[FD_CONTROL].fd = -1;
		if (!r->has_command)
			atls_finish_early(r, "daemon");
	}
	if (fds[FD_SIGNALS].revents && atls_signals_take(r))
		return false;
	if (fds[FD_CHILD].revents)
		atls_child_update(&r->child);
	if (fds[FD_PID].revents && !r->stopped)
		atls_finish_early(r, "pid");
	if (fds[FD_SOCKET].revents && !r->stopped)
		atls_requests_serve(r);
	return true;
}

static void follow(struct recorder *r)
{
	struct pollfd fds[FD_COUNT] = {
		[FD_CHILD] = { .fd = r->child.fd, .events = POLLIN },
		[FD_SIGNALS] = { .fd = r->signals, .events = POLLIN },
		[FD_CONTROL] = { .fd = r->control.fd, .events = POLLIN },
		[FD_PID] = { .fd = r->pid_fd, .events = POLLIN },
		[FD_SOCKET] = { .fd = r->socket, .events = POLLIN },
	};

	while (!over(r)) {
		int n = poll(fds, FD_COUNT, r->stopped ? IDLE_MS : TICK_MS);

		wipe_progress(r);
		if (n > 0 && !handle_events(r, fds)) {
			if (r->has_command)
				atls_warn("the recording ends; what was recorded still runs");
			break;
		}
		if (r->stopped)
			fds[FD_CONTROL].fd = -1;
		else if (!over(r))
			atls_limits_check(r);
		show_progress(r);
	}
	wipe_progress(r);
}

void atls_watch(struct recorder *r)
{
	bool early;

	follow(r);
	early = r->stopped && r->has_command;
	if (!r->stopped) {
		atls_finish_recording(r, r->meta.nsignals ? "signal" : "command");
	}
	/* The exit status is known only now. */
	if (early)
		atls_finish_command(r);
}
