/* SPDX-License-Identifier: Apache-2.0 */
/* The traced command, and the runner that sees its descendants end. */
#include "record/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

/* What the runner starts, and how. */
struct launch {
	char **argv;
	const char *shim;
	const struct atls_variable *env;
	int nenv;
	const sigset_t *mask;
};

/* --- in the command's process, and in the runner -------------------------- */

static int set_environment(const struct launch *l)
{
	const char *timeout = getenv("LTTNG_UST_REGISTER_TIMEOUT");
	const char *before = getenv("LD_PRELOAD");
	char *preload;

	/* With 0, LTTng does not wait for its daemon, and early events are lost silently. */
	if (timeout && !strcmp(timeout, "0"))
		unsetenv("LTTNG_UST_REGISTER_TIMEOUT");
	if (atls_environment_change(l->env, l->nenv) ||
	    asprintf(&preload, "%s%s%s", l->shim, before && *before ? ":" : "",
		     before ? before : "") < 0 ||
	    setenv("LD_PRELOAD", preload, 1))
		return -ENOMEM;
	return 0;
}

static void run_command(const struct launch *l, int exec_fd)
{
	int err = -set_environment(l);

	if (!err) {
		sigprocmask(SIG_SETMASK, l->mask, NULL);
		execvp(l->argv[0], l->argv);
		err = errno;
	}
	if (write(exec_fd, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* Sends first the command's pid, then its status; the pipe closes when all have ended. */
static void runner_process(const struct launch *l, int fd, int exec_fd)
{
	pid_t command, pid;
	int status;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	command = fork();
	if (command == 0)
		run_command(l, exec_fd);
	prctl(PR_SET_NAME, "asynctls-run");
	/* The runner must not hold files of the command, nor the control process's socket. */
	dup2(fd, 3);
	close_range(4, ~0U, 0);
	if (write(3, &command, sizeof(command)) < 0)
		_exit(1);
	while ((pid = wait(&status)) > 0 || errno == EINTR)
		if (pid == command && write(3, &status, sizeof(status)) < 0)
			continue; /* the recorder is gone; orphans still need a parent */
	_exit(0);
}

/* --- in the recorder ------------------------------------------------------ */

/* An int from the pipe; false at its end. */
static bool take(int fd, int *number)
{
	ssize_t n;

	do {
		n = read(fd, number, sizeof(*number));
	} while (n < 0 && errno == EINTR);
	return n == sizeof(*number);
}

int atls_child_start(struct atls_child *c, char **argv, const char *shim,
		     const struct atls_variable *env, int nenv, const sigset_t *mask)
{
	const struct launch launch = { argv, shim, env, nenv, mask };
	int from_runner[2], from_exec[2], err = 0;

	*c = (struct atls_child){ .fd = -1 };
	if (pipe2(from_runner, O_CLOEXEC) || pipe2(from_exec, O_CLOEXEC))
		return -errno;
	c->runner = fork();
	if (c->runner == 0)
		runner_process(&launch, from_runner[1], from_exec[1]);
	close(from_runner[1]);
	close(from_exec[1]);
	c->fd = from_runner[0];
	if (c->runner < 0 || !take(c->fd, &c->pid) || c->pid < 0)
		err = EAGAIN;
	else
		take(from_exec[0], &err); /* closed by a successful exec */
	close(from_exec[0]);
	if (err) {
		c->all_ended = true;
		atls_child_finish(c);
	}
	return -err;
}

void atls_child_update(struct atls_child *c)
{
	if (c->ended || !take(c->fd, &c->status)) {
		c->all_ended = true;
		if (!c->ended)
			c->status = SIGKILL; /* of the runner; the command's is not known */
	}
	c->ended = true;
}

void atls_child_pass_on(const struct atls_child *c, int number)
{
	char path[64];
	FILE *children;
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)c->runner, (int)c->runner);
	children = fopen(path, "re");
	while (children && fscanf(children, "%d", &pid) == 1)
		kill(pid, number);
	if (children)
		fclose(children);
}

void atls_child_finish(struct atls_child *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	if (c->all_ended && c->runner > 0)
		waitpid(c->runner, NULL, 0);
}

int atls_child_exit_status(const struct atls_child *c)
{
	return WIFSIGNALED(c->status) ? 128 + WTERMSIG(c->status) : WEXITSTATUS(c->status);
}
