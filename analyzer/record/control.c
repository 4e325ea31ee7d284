/* SPDX-License-Identifier: Apache-2.0 */
/* The control process: owns the session daemon and its session. */
#include "record/control.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"

enum request_kind { REQUEST_OPEN, REQUEST_STOP };

struct request {
	enum request_kind kind;
	char trace_dir[PATH_MAX];
};

struct reply {
	int err;
	struct atls_loss loss;
};

/* --- in the control process ----------------------------------------------- */

/*
 * Of root's rights only this one is kept, also for the daemon and its consumer: to write into the
 * output directory wherever it lies, /root included. Without it (some containers), the output
 * directory must be within the daemon user's reach.
 */
static void keep_dac_override(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	data[0].effective = data[0].permitted = data[0].inheritable = 1U << CAP_DAC_OVERRIDE;
	if (syscall(SYS_capset, &header, data) == 0)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0);
	else
		prctl(PR_SET_KEEPCAPS, 0);
}

static int become(const struct atls_home *home)
{
	if (home->uid == geteuid())
		return 0;
	if (setgroups(0, NULL) || setresgid(home->gid, home->gid, home->gid) ||
	    prctl(PR_SET_KEEPCAPS, 1) || setresuid(home->uid, home->uid, home->uid)) {
		atls_error("cannot run the session daemon as user %u: %s", (unsigned int)home->uid,
			   strerror(errno));
		return -errno;
	}
	keep_dac_override();
	return 0;
}

/* Away from the caller's terminal, whose Ctrl-C would reach the daemon. */
static int prepare(const struct atls_home *home)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t all;

	setsid();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* The daemon's orphans become ours, so that we can wait for them. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	setenv("LTTNG_HOME", home->path, 1);
	setenv("HOME", home->path, 1);
	return become(home);
}

static int set_environment(const struct atls_sessiond *d, const struct atls_home *home)
{
	char *env[ATLS_SESSIOND_ENV];
	int n = atls_sessiond_environment(d, home, false, &env);

	for (int i = 0; i < n; i++)
		putenv(env[i]);
	return n < 0 ? n : 0;
}

static int answer(int fd, int err, const struct atls_loss *loss)
{
	struct reply reply = { .err = err };

	if (loss)
		reply.loss = *loss;
	return send(fd, &reply, sizeof(reply), MSG_NOSIGNAL) == sizeof(reply) ? 0 : -errno;
}

/* Wait for a request. Returns 1, 0 when the recorder is gone, or -ECHILD when the daemon is. */
static int next_request(int fd, struct atls_sessiond *d, struct request *request)
{
	struct pollfd wait[2] = { { .fd = fd, .events = POLLIN }, { .events = POLLIN } };
	sigset_t child;
	int result = 0;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	wait[1].fd = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	for (;;) {
		struct signalfd_siginfo info;

		if (poll(wait, 2, -1) < 0)
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
	}
	close(wait[1].fd);
	return result;
}

/* From the daemon being ready until there is nothing more to do. */
static void serve(int fd, struct atls_sessiond *d)
{
	struct request request;
	struct atls_loss loss;
	bool open = false;
	int got;

	while ((got = next_request(fd, d, &request)) > 0 && request.kind == REQUEST_OPEN) {
		int err = atls_session_start(request.trace_dir);

		open = !err;
		answer(fd, err, NULL);
	}
	if (got < 0) {
		atls_error("the session daemon has died: the recording ends here");
		answer(fd, got, NULL);
	} else if (open) {
		int err = atls_session_stop(&loss);

		/* What is left of the daemon has nothing to write any more. */
		atls_sessiond_stop(d, err != 0);
		answer(fd, err, &loss);
	}
}

static void control_process(int fd, struct atls_sessiond *d, const struct atls_home *home)
{
	int err = prepare(home);

	if (!err)
		err = set_environment(d, home);
	if (!err)
		err = atls_sessiond_start(d, home);
	if (answer(fd, err, NULL) == 0 && !err)
		serve(fd, d);
	atls_sessiond_stop(d, false);
	atls_home_remove(home);
	_exit(err != 0);
}

/* --- in the recorder ------------------------------------------------------ */

int atls_control_start(struct atls_control *c, struct atls_sessiond *d,
		       const struct atls_home *home)
{
	int pair[2];

	*c = (struct atls_control){ .fd = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		atls_error("socketpair: %s", strerror(errno));
		return -errno;
	}
	c->pid = fork();
	if (c->pid == 0) {
		close(pair[0]);
		control_process(pair[1], d, home);
	}
	close(pair[1]);
	c->fd = pair[0];
	if (c->pid > 0)
		return 0;
	c->pid = 0;
	atls_error("fork: %s", strerror(errno));
	return -EAGAIN;
}

static int await_reply(struct atls_control *c, struct reply *reply)
{
	ssize_t n;

	do {
		n = recv(c->fd, reply, sizeof(*reply), 0);
	} while (n < 0 && errno == EINTR);
	return n == sizeof(*reply) ? reply->err : -EPIPE;
}

static int call(struct atls_control *c, const struct request *request, struct reply *reply)
{
	*reply = (struct reply){ 0 };
	/* If it is gone already, its last words may still be there to read. */
	send(c->fd, request, sizeof(*request), MSG_NOSIGNAL);
	return await_reply(c, reply);
}

int atls_control_await(struct atls_control *c)
{
	struct reply reply;

	return await_reply(c, &reply);
}

int atls_control_open(struct atls_control *c, const char *trace_dir)
{
	struct request request = { .kind = REQUEST_OPEN };
	struct reply reply;

	if ((size_t)snprintf(request.trace_dir, PATH_MAX, "%s", trace_dir) >= PATH_MAX)
		return -ENAMETOOLONG;
	return call(c, &request, &reply);
}

int atls_control_stop(struct atls_control *c, struct atls_loss *loss)
{
	const struct request request = { .kind = REQUEST_STOP };
	struct reply reply;
	int err = call(c, &request, &reply);

	*loss = reply.loss;
	return err;
}

void atls_control_finish(struct atls_control *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	if (c->pid > 0)
		while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
			;
	c->pid = 0;
}
