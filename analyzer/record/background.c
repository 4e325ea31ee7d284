/* SPDX-License-Identifier: Apache-2.0 */
/* A recording that goes on when its caller has its terminal back. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/log.h"
#include "record/recorder-private.h"

/* In the caller: its exit status is whether the recording has begun. */
static int await_begin(const struct recorder *r, int fd)
{
	int status = ATLS_EXIT_ENVIRONMENT;
	ssize_t n;

	do {
		n = read(fd, &status, sizeof(status));
	} while (n < 0 && errno == EINTR);
	atls_recorder_hand_words(r, STDERR_FILENO, 0);
	return status;
}

int atls_recorder_go_to_background(struct recorder *r)
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

void atls_recorder_tell_caller(struct recorder *r, int teller, int status)
{
	r->log_shown = lseek(r->log, 0, SEEK_CUR);
	if (write(teller, &status, sizeof(status)) != sizeof(status))
		r->log_shown = 0; /* the caller is gone: the recording goes on */
	close(teller);
}

void atls_recorder_detach(struct recorder *r, int teller)
{
	atls_info("recording %d process%s into %s; 'asynctls stop%s%s' ends it",
		  r->state.nprocesses, r->state.nprocesses == 1 ? "" : "es", r->options->dir,
		  r->options->session ? " --session=" : "",
		  r->options->session ? r->options->session : "");
	atls_recorder_tell_caller(r, teller, 0);
	r->detached = true;
}
