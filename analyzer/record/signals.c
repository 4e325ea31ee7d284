/* SPDX-License-Identifier: Apache-2.0 */
/* Signals to the recorder. */
#include "record/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

int atls_signals_hold(struct recorder *r)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGUSR1);
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r->signals < 0) {
		atls_error("signalfd: %s", strerror(errno));
		return -errno;
	}
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, &r->inherited);
	/* Our parent may have ignored it, which would keep us from waiting for children. */
	signal(SIGCHLD, SIG_DFL);
	return 0;
}

bool atls_signals_interrupted(struct recorder *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info) || info.ssi_signo == SIGUSR1)
		return false;
	r->meta.signals[r->meta.nsignals++] = info.ssi_signo;
	return true;
}

/*
 * Whether a signal was sent to the whole process group, and so to the command as well: the runner,
 * which blocks it and never takes it, has it pending, too.
 */
static bool sent_to_group(const struct recorder *r, int number)
{
	unsigned long long pending = 0;
	char path[64], line[256];
	FILE *status;

	/* The sender may not have come by the runner yet. */
	atls_clock_sleep(2);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)r->child.runner);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "ShdPnd: %llx", &pending) == 1)
			break;
	if (status)
		fclose(status);
	return pending >> (number - 1) & 1;
}

static void take_snapshot(struct recorder *r)
{
	if (!r->options->ring)
		atls_warn("a snapshot can only be taken of a recording with --ring");
	else
		atls_control_snapshot(&r->control, "asked");
}

bool atls_signals_take(struct recorder *r)
{
	struct signalfd_siginfo info;

	if (read(r->signals, &info, sizeof(info)) != sizeof(info))
		return false;
	if (info.ssi_signo == SIGUSR1) {
		if (!r->stopped)
			take_snapshot(r);
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
