/* SPDX-License-Identifier: Apache-2.0 */
/* While the recording goes on: its limits, its disk, its command, and those who ask about it. */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/format.h"
#include "base/log.h"
#include "record/recorder-private.h"
#include "record/tree.h"

#define TICK_MS 200
#define IDLE_MS 1000
#define SECOND_NS 1000000000LL

/* The recording ends while so much is free, so that what is in the buffers finds room. */
#define RESERVE_MOST (64LL << 20)
#define RESERVE_SHARE 16 /* of a small file system */

#define BYTES_PER_EVENT 27 /* to guess at the number of events while they come */

/* --- how much there is ---------------------------------------------------- */

static uint64_t size_sum; /* for nftw, which has no place for data of the caller's */

static int add_size(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	if (type == FTW_F)
		size_sum += st->st_size;
	return 0;
}

static uint64_t size_of(const char *dir)
{
	size_sum = 0;
	nftw(dir, add_size, 16, FTW_PHYS);
	return size_sum;
}

/* The chunk with the lowest number: names are BEGIN-END-NUMBER. False if there is none. */
static bool oldest_chunk(const struct recorder *r, char *path, size_t size)
{
	char archives[PATH_MAX + 16];
	unsigned long lowest = 0;
	struct dirent *entry;
	DIR *dir;

	snprintf(archives, sizeof(archives), "%s/archives", r->output.ctf);
	dir = opendir(archives);
	while (dir && (entry = readdir(dir))) {
		const char *dash = strrchr(entry->d_name, '-');
		unsigned long number = dash ? strtoul(dash + 1, NULL, 10) + 1 : 0;

		if (number && (!lowest || number < lowest)) {
			lowest = number;
			snprintf(path, size, "%s/%s", archives, entry->d_name);
		}
	}
	if (dir)
		closedir(dir);
	return lowest != 0;
}

/* --- ends ----------------------------------------------------------------- */

static void end(struct recorder *r, const char *why)
{
	r->meta.ended_by = why;
	atls_recorder_finish(r);
	if (r->has_command && !r->child.all_ended)
		atls_info("%s goes on; this waits for it", r->options->command[0]);
}

static void look_at_size(struct recorder *r)
{
	char chunk[PATH_MAX + 300];
	uint64_t most = r->options->max_size;

	while (most && size_of(r->output.ctf) > most) {
		if ((!r->options->rotate_size && !r->options->rotate_ns) ||
		    !oldest_chunk(r, chunk, sizeof(chunk)))
			break;
		if (atls_tree_remove(chunk))
			break;
		r->meta.dropped_chunks++;
	}
	if (most && !r->options->rotate_size && !r->options->rotate_ns &&
	    size_of(r->output.ctf) > most)
		end(r, "max-size");
}

static void look_at_disk(struct recorder *r)
{
	bool before = r->daemon.disk_full;
	int64_t reserve = RESERVE_MOST;
	struct statvfs fs;

	atls_sessiond_watch(&r->daemon, false);
	if (r->daemon.disk_full && !before)
		atls_warn("%s: no space left: events are being lost from now on", r->output.dir);
	if (statvfs(r->output.ctf, &fs)) {
		atls_warn("%s: has vanished: the recording ends", r->output.dir);
		r->meta.vanished = true;
		end(r, "vanished");
		return;
	}
	if ((int64_t)(fs.f_blocks * fs.f_frsize) / RESERVE_SHARE < reserve)
		reserve = fs.f_blocks * fs.f_frsize / RESERVE_SHARE;
	if (!r->daemon.disk_full && !r->plan.relay[0] &&
	    (int64_t)(fs.f_bavail * fs.f_frsize) < reserve) {
		atls_warn("%s: the disk is nearly full: the recording ends, so that it can be read",
			  r->output.dir);
		r->meta.disk_low = true;
		end(r, "disk");
	}
}

static void look_at_clock(struct recorder *r)
{
	const struct atls_record_options *o = r->options;
	int64_t start = r->meta.start.monotonic;

	if (!r->begun && atls_recorder_now() >= start + o->delay_ns) {
		if (atls_control_begin(&r->control))
			end(r, "daemon");
		r->begun = atls_recorder_now();
	}
	if (!r->stopped && o->duration_ns && r->begun &&
	    atls_recorder_now() >= r->begun + o->duration_ns)
		end(r, "duration");
}

static void look_around(struct recorder *r)
{
	if (!r->stopped)
		look_at_clock(r);
	if (!r->stopped)
		look_at_disk(r);
	if (!r->stopped)
		look_at_size(r);
}

/* --- the progress line ---------------------------------------------------- */

static void show_progress(struct recorder *r)
{
	static int64_t shown;
	int64_t now = atls_recorder_now();
	atls_text events, size, lost;
	uint64_t bytes;

	if (!r->on_terminal || r->stopped || now < shown + SECOND_NS)
		return;
	shown = now;
	bytes = size_of(r->output.ctf);
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

/* --- signals -------------------------------------------------------------- */

/*
 * Whether a signal was sent to the whole process group, and so to the command as well: the runner,
 * which blocks it and never takes it, has it pending, too.
 */
static bool sent_to_group(const struct recorder *r, int number)
{
	const struct timespec moment = { .tv_nsec = 2000000 };
	unsigned long long pending = 0;
	char path[64], line[256];
	FILE *status;

	/* The sender may not have come by the runner yet. */
	nanosleep(&moment, NULL);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)r->child.runner);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "ShdPnd: %llx", &pending) == 1)
			break;
	if (status)
		fclose(status);
	return pending >> (number - 1) & 1;
}

static void snapshot(struct recorder *r, const char *name)
{
	if (!r->options->ring)
		atls_warn("a snapshot can only be taken of a recording with --ring");
	else
		atls_control_snapshot(&r->control, name);
}

/*
 * The first signal is passed on, unless the command has got it as well; recording ends when the
 * command has. If that has ended, what it left in the background gets the signal. A second one ends
 * the recording at once. Returns whether it ends.
 */
static bool take_signal(struct recorder *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info))
		return false;
	if (info.ssi_signo == SIGUSR1) {
		if (!r->stopped)
			snapshot(r, "asked");
		return false;
	}
	if (r->meta.nsignals < ATLS_META_SIGNALS)
		r->meta.signals[r->meta.nsignals++] = info.ssi_signo;
	if (!r->has_command || r->meta.nsignals > 1)
		return true;
	if (r->child.ended)
		atls_child_pass_on(&r->child, info.ssi_signo);
	else if (info.ssi_code != SI_KERNEL && !sent_to_group(r, info.ssi_signo))
		kill(r->child.pid, info.ssi_signo);
	return false;
}

/* --- orders --------------------------------------------------------------- */

static void fill_answer(struct recorder *r, struct atls_answer *a)
{
	*a = (struct atls_answer){
		.recorder = getpid(),
		.started_ns = r->meta.start.realtime,
		.bytes = size_of(r->output.ctf),
		.ring = r->options->ring,
		.delayed = !r->begun,
		.disk_full = r->daemon.disk_full,
	};
	snprintf(a->dir, sizeof(a->dir), "%s", r->output.dir);
	a->state = r->state;
}

off_t atls_recorder_hand_words(const struct recorder *r, int to, off_t from)
{
	char chunk[4096];
	ssize_t n;

	while (r->log >= 0 && (n = pread(r->log, chunk, sizeof(chunk), from)) > 0) {
		if (write(to, chunk, n) != n)
			break;
		from += n;
	}
	return from;
}

/* What was said in the background goes to whoever asks; what is said from now on goes there, too. */
static int carry_out(struct recorder *r, const struct atls_order_message *message, int words)
{
	switch (message->order) {
	case ATLS_ORDER_STOP:
		if (r->log >= 0)
			dup2(words, STDERR_FILENO);
		else
			atls_info("ended by 'asynctls stop'");
		end(r, "stop");
		/* The control process still spoke into the memory file. */
		atls_recorder_hand_words(r, words, r->log_shown);
		return r->status;
	case ATLS_ORDER_SNAPSHOT:
		if (!r->options->ring || atls_control_snapshot(&r->control, message->name))
			return ATLS_EXIT_ENVIRONMENT;
		break;
	case ATLS_ORDER_STATUS:
		break;
	}
	return atls_control_state(&r->control, &r->state) ? ATLS_EXIT_ENVIRONMENT : 0;
}

static void obey(struct recorder *r)
{
	struct atls_order_message message;
	struct atls_answer answer;
	int words, connection = atls_remote_accept(r->remote, &message, &words), status;

	if (connection < 0)
		return;
	r->log_shown = atls_recorder_hand_words(r, words, r->log_shown);
	status = carry_out(r, &message, words);
	fill_answer(r, &answer);
	answer.status = status;
	atls_remote_answer(connection, &answer);
	close(connection);
	close(words);
}

/* --- the loop ------------------------------------------------------------- */

static bool over(const struct recorder *r)
{
	return r->has_command ? r->child.all_ended : r->stopped;
}

enum { FD_CHILD, FD_SIGNALS, FD_CONTROL, FD_PID, FD_REMOTE, FD_COUNT };

/* Returns false if the user wants no more. */
static bool handle(struct recorder *r, struct pollfd *fds)
{
	if (fds[FD_CONTROL].revents) {
		/* Its own message has been printed; stopping will tell more. */
		fds[FD_CONTROL].fd = -1;
		if (!r->has_command)
			end(r, "daemon");
	}
	if (fds[FD_SIGNALS].revents && take_signal(r))
		return false;
	if (fds[FD_CHILD].revents)
		atls_child_update(&r->child);
	if (fds[FD_PID].revents && !r->stopped)
		end(r, "pid");
	if (fds[FD_REMOTE].revents && !r->stopped)
		obey(r);
	return true;
}

static void follow(struct recorder *r)
{
	struct pollfd fds[FD_COUNT] = {
		[FD_CHILD] = { .fd = r->child.fd, .events = POLLIN },
		[FD_SIGNALS] = { .fd = r->signals, .events = POLLIN },
		[FD_CONTROL] = { .fd = r->control.fd, .events = POLLIN },
		[FD_PID] = { .fd = r->pid_fd, .events = POLLIN },
		[FD_REMOTE] = { .fd = r->remote, .events = POLLIN },
	};

	while (!over(r)) {
		int n = poll(fds, FD_COUNT, r->stopped ? IDLE_MS : TICK_MS);

		wipe_progress(r);
		if (n > 0 && !handle(r, fds)) {
			if (r->has_command)
				atls_warn("the recording ends; what was recorded still runs");
			break;
		}
		if (r->stopped)
			fds[FD_CONTROL].fd = -1;
		else if (!over(r))
			look_around(r);
		show_progress(r);
	}
	wipe_progress(r);
}

void atls_recorder_watch(struct recorder *r)
{
	bool early;

	follow(r);
	early = r->stopped && r->has_command;
	if (!r->stopped) {
		r->meta.ended_by = r->meta.nsignals ? "signal" : "command";
		atls_recorder_finish(r);
	}
	/* The exit status is known only now. */
	if (early)
		atls_recorder_settle(r);
}
