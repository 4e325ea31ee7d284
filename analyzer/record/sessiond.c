/* SPDX-License-Identifier: Apache-2.0 */
/* The private lttng-sessiond: found, started, watched, ended. */
#include "record/sessiond.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "record/executable.h"

#define NAME "lttng-sessiond"
#define START_SECONDS 10
#define STOP_MS 2500

/* --- which one ------------------------------------------------------------ */

static bool older(const char *version, int major, int minor)
{
	int a = 0, b = 0;

	if (sscanf(version, "%d.%d", &a, &b) != 2)
		return false;
	return a < major || (a == major && b < minor);
}

static void ask_version(struct atls_sessiond *d)
{
	char command[sizeof(d->program) + 32];
	FILE *out;

	snprintf(command, sizeof(command), "exec '%s' --version 2>&1", d->program);
	out = popen(command, "re");
	if (!out || fscanf(out, "%31[0-9.]", d->version) != 1)
		strcpy(d->version, "unknown");
	if (out)
		pclose(out);
}

int atls_sessiond_init(struct atls_sessiond *d)
{
	*d = (struct atls_sessiond){ .log = -1 };
	if (atls_executable_find(NAME, d->program, sizeof(d->program))) {
		atls_error(NAME " is not on PATH (package lttng-tools): nothing can be recorded");
		return -ENOENT;
	}
	ask_version(d);
	if (older(d->version, 2, 13)) {
		atls_error("%s is LTTng %s; " ATLS_LTTNG_OLDEST " or newer is needed", d->program,
			   d->version);
		return -ENOTSUP;
	}
	d->log = memfd_create("asynctls-sessiond-log", MFD_CLOEXEC);
	if (d->log < 0) {
		atls_error("memfd_create: %s", strerror(errno));
		return -errno;
	}
	return 0;
}

void atls_sessiond_finish(struct atls_sessiond *d)
{
	if (d->log >= 0)
		close(d->log);
	d->log = -1;
}

int atls_sessiond_environment(const struct atls_sessiond *d, const struct atls_lttng_home *home,
			      bool app, struct atls_variable *env)
{
	int n = 0;

	env[n++] = (struct atls_variable){ "LTTNG_HOME", home->path };
	/* From 2.14 on a variable of its own names the run directory, for both sides. */
	if (!older(d->version, 2, 14)) {
		env[n++] = (struct atls_variable){ "LTTNG_RUNDIR", home->run };
		env[n++] =
			(struct atls_variable){ app ? "LTTNG_UST_APP_PATH" : "LTTNG_UST_CTL_PATH",
						home->run };
	}
	return n;
}

/* --- start ---------------------------------------------------------------- */

/* In the child. Nothing of the caller's environment reaches the daemon but PATH. */
static void become_daemon(const struct atls_sessiond *d, const struct atls_lttng_home *home,
			  pid_t parent)
{
	char *argv[] = { NAME, "--no-kernel", "--sig-parent", NULL };
	const char *path = getenv("PATH");
	struct atls_variable env[3 + ATLS_SESSIOND_ENV] = {
		{ "PATH", path ? strdup(path) : NULL },
		{ "LANG", "C" },
		{ "HOME", home->path },
	};
	int n = 3 + atls_sessiond_environment(d, home, false, env + 3);
	sigset_t none;

	clearenv();
	atls_environment_change(env, n);
	/* Its own process group, so that it and its consumer can be killed together. */
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(1);
	dup2(d->log, STDOUT_FILENO);
	dup2(d->log, STDERR_FILENO);
	execv(d->program, argv);
	dprintf(STDERR_FILENO, "Error: %s: %s\n", d->program, strerror(errno));
	_exit(127);
}

/* Whether the daemon serves: it sends SIGUSR1 when it does, and SIGCHLD comes if it ends. */
static int await_ready(struct atls_sessiond *d)
{
	const struct timespec limit = { .tv_sec = START_SECONDS };
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	do {
		sig = sigtimedwait(&set, NULL, &limit);
		if (sig == SIGUSR1)
			return 0;
		if (sig == SIGCHLD && waitpid(d->pid, NULL, WNOHANG) == d->pid) {
			d->pid = 0;
			return -ECHILD;
		}
	} while (sig > 0 || errno == EINTR);
	return -ETIMEDOUT;
}

int atls_sessiond_start(struct atls_sessiond *d, const struct atls_lttng_home *home)
{
	pid_t parent = getpid();
	int err;

	d->pid = fork();
	if (d->pid < 0) {
		atls_error("fork: %s", strerror(errno));
		return -errno;
	}
	if (d->pid == 0)
		become_daemon(d, home, parent);
	err = await_ready(d);
	if (err) {
		atls_sessiond_watch(d, true);
		atls_error("%s %s", d->program,
			   err == -ETIMEDOUT ? "does not become ready" : "ended as it was started");
		return err;
	}
	/* Processes of other users must reach the socket: else they would silently be missing. */
	chmod(home->run, 0711);
	return 0;
}

/* --- end ------------------------------------------------------------------ */

/* Wait until no child is left (the consumer becomes ours when the daemon dies), at most ms. */
static bool all_gone(int ms)
{
	for (int waited = 0; waited < ms; waited += 2) {
		pid_t pid;

		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (pid < 0 && errno == ECHILD)
			return true;
		atls_clock_sleep(2);
	}
	return false;
}

void atls_sessiond_stop(struct atls_sessiond *d, bool gracefully)
{
	if (d->pid && gracefully) {
		kill(d->pid, SIGTERM);
		if (all_gone(STOP_MS))
			d->pid = 0;
	}
	if (d->pid)
		kill(d->pid, SIGKILL);
	/* The consumer notices by itself, within 30 ms. */
	if (!all_gone(1000) && d->pid) {
		kill(-d->pid, SIGKILL);
		all_gone(1000);
	}
	d->pid = 0;
}

/* --- its log -------------------------------------------------------------- */

/* Lines of every healthy run, or that follow from how we end the daemon. */
static bool cosmetic(const char *line)
{
	static const char *const known[] = {
		"open files limit",	     "Failed to set open files", "kernel tracer",
		"Warning: No tracing group", "No permission to",	 "tracing group",
		"Failed to send data back",  "lttng-sessiond.lck",	 "Asking metadata",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strstr(line, known[i]))
			return true;
	return !strstr(line, "rror");
}

static void take_line(struct atls_sessiond *d, const char *line, bool show)
{
	if (strstr(line, "ret -28") || strstr(line, strerror(ENOSPC)))
		d->disk_full = true;
	else if (show && !cosmetic(line))
		atls_warn(NAME ": %s", line);
}

void atls_sessiond_watch(struct atls_sessiond *d, bool show)
{
	char chunk[8192];
	ssize_t n;

	while ((n = pread(d->log, chunk, sizeof(chunk) - 1, d->log_read)) > 0) {
		char *line = chunk, *end;

		chunk[n] = '\0';
		while ((end = strchr(line, '\n'))) {
			*end = '\0';
			take_line(d, line, show);
			line = end + 1;
		}
		if (line == chunk) /* a line without end: leave it for later, unless it is huge */
			line = n == sizeof(chunk) - 1 ? chunk + n : chunk;
		if (line == chunk)
			break;
		/* A full disk makes the consumer complain without end; give the memory back. */
		fallocate(d->log, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, d->log_read,
			  line - chunk);
		d->log_read += line - chunk;
	}
}
