/* SPDX-License-Identifier: Apache-2.0 */
/* In the control process: owns the session daemon and its session. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "record/control-private.h"
#include "record/lttng-trigger.h"

/*
 * Calls of liblttng-ctl wait for the daemon without limit, and a consumer whose disk is full was
 * seen to spin for ever. When a call takes long, the daemon or its consumer may
 * have been stopped: SIGCONT is sent to them. When the call then takes longer than this, they are
 * killed, and the call fails.
 */
#define CALL_SECONDS_PATIENT 2
#define CALL_SECONDS 8
#define CALL_SECONDS_DISK_FULL 1

/* A snapshot is taken this long after its trigger, so that it shows what followed. */
#define AFTER_TRIGGER_NS 100000000LL
/* Not more often than this, however many jobs are slow. */
#define SNAPSHOT_GAP_NS 1000000000LL
#define TRIGGER_POLL_MS 10

/* The state of the session. */
struct control_session {
	bool open;
	bool armed;    /* with a trigger */
	int64_t fired; /* when a job was too slow, no snapshot yet; 0: none */
	int64_t last;  /* when the last snapshot was taken */
	struct atls_state state;
};

/*
 * Of root's rights only this one is kept, also for the daemon and its consumer: to write into the
 * output directory wherever it lies, /root included.
 */
static void keep_dac_override(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	data[0].effective = data[0].permitted = data[0].inheritable = 1U << CAP_DAC_OVERRIDE;
	if (syscall(SYS_capset, &header, data) == 0)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0);
}

static void write_once(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		atls_warn("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static bool in_tracing_group(void)
{
	const struct group *tracing = getgrnam("tracing");

	return tracing && group_member(tracing->gr_gid);
}

/*
 * The daemon of a member of group "tracing" refuses to run beside the system's. In a user
 * namespace that knows only the user's own ids, it does not see the group.
 */
static void leave_tracing_group(void)
{
	unsigned int uid = geteuid(), gid = getegid();
	char map[64];

	if (!in_tracing_group() || unshare(CLONE_NEWUSER))
		return;
	write_once("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", uid, uid);
	write_once("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "%u %u 1", gid, gid);
	write_once("/proc/self/gid_map", map);
}

static int become(const struct atls_lttng_home *home)
{
	if (home->uid == geteuid()) {
		leave_tracing_group();
		return 0;
	}
	if (setgroups(0, NULL) || setresgid(home->gid, home->gid, home->gid) ||
	    prctl(PR_SET_KEEPCAPS, !home->confined) || setresuid(home->uid, home->uid, home->uid)) {
		atls_error("cannot run the session daemon as user %u: %s", (unsigned int)home->uid,
			   strerror(errno));
		return -errno;
	}
	if (!home->confined)
		keep_dac_override();
	return 0;
}

/* Away from the caller's terminal, whose Ctrl-C would reach the daemon. */
static int prepare(const struct atls_lttng_home *home)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t all;

	prctl(PR_SET_NAME, "asynctls-ctl");
	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* The daemon's orphans become ours, so that we can wait for them. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	return become(home);
}

static int set_environment(const struct atls_sessiond *d, const struct atls_lttng_home *home)
{
	struct atls_variable env[ATLS_SESSIOND_ENV];
	int n = atls_sessiond_environment(d, home, false, env);

	return atls_environment_change(env, n) ? -ENOMEM : 0;
}

static pid_t watched;
/* Seconds from SIGCONT to SIGKILL; 0: SIGCONT was sent. */
static volatile sig_atomic_t limit;

static void hurry_daemon(int sig)
{
	kill(-watched, limit ? SIGCONT : SIGKILL);
	if (limit)
		alarm(limit);
	limit = 0;
}

static void limit_calls(struct atls_sessiond *d)
{
	const struct sigaction action = { .sa_handler = hurry_daemon, .sa_flags = SA_RESTART };
	sigset_t set;

	watched = d->pid;
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigaction(SIGALRM, &action, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	atls_sessiond_watch(d, false);
	limit = d->disk_full ? CALL_SECONDS_DISK_FULL : CALL_SECONDS;
	alarm(CALL_SECONDS_PATIENT);
}

static int answer(int fd, int err, const struct atls_state *state)
{
	struct control_reply reply = { .err = err };

	if (state)
		reply.state = *state;
	return send(fd, &reply, sizeof(reply), MSG_NOSIGNAL) == sizeof(reply) ? 0 : -errno;
}

static int snapshot(struct control_session *s, struct atls_sessiond *d, const char *name)
{
	int err;

	limit_calls(d);
	err = atls_lttng_session_snapshot(name);
	alarm(0);
	s->last = atls_clock_now();
	if (!err)
		s->state.snapshots++;
	return err;
}

static void check_trigger(struct control_session *s, struct atls_sessiond *d)
{
	if (atls_lttng_trigger_fired()) {
		s->state.triggered++;
		if (!s->fired)
			s->fired = atls_clock_now();
	}
	if (s->fired && atls_clock_now() - s->fired > AFTER_TRIGGER_NS &&
	    atls_clock_now() - s->last > SNAPSHOT_GAP_NS) {
		snapshot(s, d, "slow-job");
		s->fired = 0;
	}
}

/* Wait for a request. Returns 1, 0 when the recorder is gone, or -ECHILD when the daemon is. */
static int next_request(int fd, struct atls_sessiond *d, struct control_session *s,
			struct control_request *request)
{
	struct pollfd wait[2] = { { .fd = fd, .events = POLLIN }, { .events = POLLIN } };
	sigset_t child;
	int result = 0;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	wait[1].fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	for (;;) {
		struct signalfd_siginfo info;

		if (poll(wait, 2, s->armed ? TRIGGER_POLL_MS : -1) < 0)
			continue;
		if (wait[0].revents) {
			result = recv(fd, request, sizeof(*request), 0) > 0;
			break;
		}
		if (read(wait[1].fd, &info, sizeof(info)) > 0 &&
		    waitpid(d->pid, NULL, WNOHANG) == d->pid) {
			d->pid = 0;
			result = -ECHILD;
			break;
		}
		if (s->armed)
			check_trigger(s, d);
	}
	close(wait[1].fd);
	return result;
}

static int update_state(struct control_session *s, struct atls_sessiond *d)
{
	limit_calls(d);
	atls_lttng_session_loss(&s->state.loss);
	s->state.nprocesses =
		atls_lttng_session_processes(s->state.processes, ATLS_STATE_PROCESSES);
	alarm(0);
	return s->state.nprocesses < 0 ? s->state.nprocesses : 0;
}

static int handle_request(struct control_session *s, struct atls_sessiond *d,
			  const struct control_request *request)
{
	int err = -EINVAL;

	switch (request->kind) {
	case CONTROL_OPEN:
		limit_calls(d);
		err = atls_lttng_session_open(&request->plan);
		alarm(0);
		s->open = !err;
		s->armed = s->open && request->plan.trigger_us;
		break;
	case CONTROL_START:
		limit_calls(d);
		err = atls_lttng_session_start();
		alarm(0);
		break;
	case CONTROL_STATE:
		err = update_state(s, d);
		break;
	case CONTROL_SNAPSHOT:
		err = snapshot(s, d, request->snapshot);
		break;
	case CONTROL_STOP:
		break;
	}
	return err;
}

static void end(int fd, struct atls_sessiond *d, struct control_session *s, const char *last)
{
	int err;

	limit_calls(d);
	if (s->fired)
		last = "slow-job";
	err = atls_lttng_session_stop(&s->state.loss, *last ? last : NULL);
	alarm(0);
	if (*last && !err)
		s->state.snapshots++;
	/* The data are on disk: the daemon has nothing to write any more. */
	atls_sessiond_stop(d, err != 0);
	answer(fd, err, &s->state);
}

/* From the daemon being ready until there is nothing more to do. */
static void serve(int fd, struct atls_sessiond *d)
{
	struct control_session s = { 0 };
	struct control_request request;
	int got;

	while ((got = next_request(fd, d, &s, &request)) > 0 && request.kind != CONTROL_STOP)
		answer(fd, handle_request(&s, d, &request), &s.state);
	if (got < 0) {
		atls_error("the session daemon has died: the recording ends here");
		answer(fd, got, &s.state);
	} else if (s.open) {
		end(fd, d, &s, got > 0 ? request.snapshot : "");
	}
}

void atls_control_process(int fd, struct atls_sessiond *d, const struct atls_lttng_home *home)
{
	int err = prepare(home);

	if (!err)
		err = set_environment(d, home);
	if (!err)
		err = atls_sessiond_start(d, home);
	if (answer(fd, err, NULL) == 0 && !err)
		serve(fd, d);
	atls_sessiond_stop(d, false);
	atls_lttng_home_remove(home);
	_exit(err != 0);
}
