/* SPDX-License-Identifier: Apache-2.0 */
/* A recorder that runs in the background. */
#include "record/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/log.h"

off_t atls_background_copy_log(const struct recorder *r, int to, off_t from)
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

/* In the parent: the exit status that the recorder reports. */
static int await_begin(const struct recorder *r, int fd)
{
	int status = ATLS_EXIT_ENVIRONMENT;
	ssize_t n;

	do {
		n = read(fd, &status, sizeof(status));
	} while (n < 0 && errno == EINTR);
	atls_background_copy_log(r, STDERR_FILENO, 0);
	return status;
}

int atls_background_enter(struct recorder *r)
{
	int fds[2], null;
	pid_t pid;

	r->log = memfd_create("asynctls-log", MFD_CLOEXEC);
	if (r->log < 0 || pipe2(fds, O_CLOEXEC) || (pid = fork()) < 0) {
		atls_error("cannot go into the background: %s", strerror(errno));
		return -errno;
	}
	if (pid > 0) {
		close(fds[1]);
		exit(await_begin(r, fds[0]));
	}
	setsid();
	close(fds[0]);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(r->log, STDERR_FILENO);
	close(null);
	return fds[1];
}

void atls_background_report(struct recorder *r, int parent_fd, int status)
{
	r->log_shown = lseek(r->log, 0, SEEK_CUR);
	if (write(parent_fd, &status, sizeof(status)) != sizeof(status))
		r->log_shown = 0; /* the parent is gone: the recording goes on */
	close(parent_fd);
}

void atls_background_detach(struct recorder *r, int parent_fd)
{
	atls_info("recording %d process%s into %s; 'asynctls stop%s%s' ends it",
		  r->state.nprocesses, r->state.nprocesses == 1 ? "" : "es", r->options->dir,
		  r->options->session ? " --session=" : "",
		  r->options->session ? r->options->session : "");
	atls_background_report(r, parent_fd, 0);
	r->detached = true;
}
