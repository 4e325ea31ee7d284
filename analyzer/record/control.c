/* SPDX-License-Identifier: Apache-2.0 */
/* In the recorder: starts the control process and sends requests to it. */
#include "record/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "record/control-private.h"

int atls_control_start(struct atls_control *c, struct atls_sessiond *d,
		       const struct atls_lttng_home *home)
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
		atls_control_process(pair[1], d, home);
	}
	close(pair[1]);
	c->fd = pair[0];
	if (c->pid > 0)
		return 0;
	c->pid = 0;
	atls_error("fork: %s", strerror(errno));
	return -EAGAIN;
}

static int await_reply(struct atls_control *c, struct control_reply *reply)
{
	ssize_t n;

	do {
		n = recv(c->fd, reply, sizeof(*reply), 0);
	} while (n < 0 && errno == EINTR);
	if (n == sizeof(*reply))
		return reply->err;
	atls_error("the process that controls the session daemon has died");
	return -EPIPE;
}

static int call(struct atls_control *c, const struct control_request *request,
		struct atls_state *state)
{
	struct control_reply reply = { 0 };
	int err;

	/* If the process has ended already, its last reply may still be there to read. */
	send(c->fd, request, sizeof(*request), MSG_NOSIGNAL);
	err = await_reply(c, &reply);
	if (state)
		*state = reply.state;
	return err;
}

int atls_control_await(struct atls_control *c)
{
	struct control_reply reply;

	return await_reply(c, &reply);
}

int atls_control_open(struct atls_control *c, const struct atls_lttng_plan *plan)
{
	struct control_request request = { .kind = CONTROL_OPEN, .plan = *plan };

	return call(c, &request, NULL);
}

int atls_control_begin(struct atls_control *c)
{
	struct control_request request = { .kind = CONTROL_START };

	return call(c, &request, NULL);
}

int atls_control_state(struct atls_control *c, struct atls_state *state)
{
	struct control_request request = { .kind = CONTROL_STATE };

	return call(c, &request, state);
}

int atls_control_snapshot(struct atls_control *c, const char *name)
{
	struct control_request request = { .kind = CONTROL_SNAPSHOT };

	snprintf(request.snapshot, sizeof(request.snapshot), "%s", name);
	return call(c, &request, NULL);
}

int atls_control_stop(struct atls_control *c, const char *snapshot, struct atls_state *state)
{
	struct control_request request = { .kind = CONTROL_STOP };

	if (snapshot)
		snprintf(request.snapshot, sizeof(request.snapshot), "%s", snapshot);
	return call(c, &request, state);
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
