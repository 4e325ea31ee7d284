/* SPDX-License-Identifier: Apache-2.0 */
/* The socket of a named session's recorder. */
#include "record/recorder-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

/* A command sends its request as soon as it is connected; the recorder does not wait for longer. */
#define REQUEST_SECONDS 2

static int make_socket(const struct atls_session_paths *paths, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", paths->socket);
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

static int dial(const struct atls_session_paths *paths)
{
	struct sockaddr_un address;
	int fd = make_socket(paths, &address);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd < 0 ? -errno : fd;
}

int atls_recorder_socket_listen(const struct atls_session_paths *paths)
{
	struct sockaddr_un address;
	int fd = dial(paths);
	mode_t mask;

	if (fd >= 0) {
		close(fd);
		atls_error(
			"session '%s' is being recorded already; 'asynctls status' tells where to",
			paths->name);
		return -EBUSY;
	}
	fd = make_socket(paths, &address);
	unlink(paths->socket); /* of a recorder that was killed */
	mask = umask(0177);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8)) {
		int err = -errno;

		umask(mask);
		atls_error("%s: %s", paths->socket, strerror(-err));
		if (fd >= 0)
			close(fd);
		return err;
	}
	umask(mask);
	return fd;
}

/* --- messages, one of which brings a file descriptor ----------------------- */

union fd_message {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int send_request(int fd, const struct atls_request *request)
{
	struct iovec part = { (void *)request, sizeof(*request) };
	union fd_message control = { 0 };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&header);
	int error_fd = STDERR_FILENO;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &error_fd, sizeof(error_fd));
	return sendmsg(fd, &header, MSG_NOSIGNAL) == sizeof(*request) ? 0 : -errno;
}

static bool receive_request(int fd, struct atls_request *request, int *error_fd)
{
	struct iovec part = { request, sizeof(*request) };
	union fd_message control = { 0 };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&header) : NULL;

	*error_fd = -1;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(error_fd, CMSG_DATA(c), sizeof(*error_fd));
	if (n == sizeof(*request) && *error_fd >= 0)
		return true;
	if (*error_fd >= 0)
		close(*error_fd);
	return false;
}

int atls_recorder_socket_accept(int socket, struct atls_request *request, int *error_fd)
{
	const struct timeval limit = { .tv_sec = REQUEST_SECONDS };
	int fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (receive_request(fd, request, error_fd)) {
		request->name[sizeof(request->name) - 1] = '\0';
		return fd;
	}
	close(fd);
	return -EPROTO;
}

void atls_recorder_socket_reply(int connection, const struct atls_reply *reply)
{
	send(connection, reply, sizeof(*reply), MSG_NOSIGNAL);
}

int atls_recorder_socket_ask(const struct atls_session_paths *paths,
			     const struct atls_request *request, struct atls_reply *reply)
{
	int fd = dial(paths), err;
	ssize_t n;

	if (fd == -ECONNREFUSED)
		fd = -ENOENT;
	if (fd < 0) {
		if (fd != -ENOENT)
			atls_error("%s: %s", paths->socket, strerror(-fd));
		return fd;
	}
	err = send_request(fd, request);
	if (!err) {
		do {
			n = recv(fd, reply, sizeof(*reply), 0);
		} while (n < 0 && errno == EINTR);
		err = n == sizeof(*reply) ? 0 : -EPIPE;
	}
	close(fd);
	if (err)
		atls_error("the recorder of session '%s' has ended without an answer", paths->name);
	return err;
}

/* --- the saved log --------------------------------------------------------- */

void atls_recorder_socket_save_log(const struct atls_session_paths *paths, int status, int log,
				   off_t offset)
{
	char chunk[4096];
	ssize_t n;
	FILE *out;
	int fd;

	unlink(paths->saved_log);
	fd = open(paths->saved_log, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out)
		return;
	fprintf(out, "%d\n", status);
	while ((n = pread(log, chunk, sizeof(chunk), offset)) > 0) {
		fwrite(chunk, 1, n, out);
		offset += n;
	}
	fclose(out);
}

int atls_recorder_socket_print_saved_log(const struct atls_session_paths *paths)
{
	int fd = open(paths->saved_log, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), status = 0, c;
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");

	if (!in)
		return -ENOENT;
	if (fscanf(in, "%d%*1[\n]", &status) < 1)
		status = 0;
	while ((c = getc(in)) != EOF)
		putc(c, stderr);
	fclose(in);
	unlink(paths->saved_log);
	return status;
}
