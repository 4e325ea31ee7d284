/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder of a well-known place, as other commands reach it. */
#include "record/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

/* An order comes as soon as its sender is connected; one that does not is not waited for. */
#define ORDER_SECONDS 2

static int make_socket(const struct atls_place *place, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", place->socket);
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

static int dial(const struct atls_place *place)
{
	struct sockaddr_un address;
	int fd = make_socket(place, &address);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd < 0 ? -errno : fd;
}

int atls_remote_listen(const struct atls_place *place)
{
	struct sockaddr_un address;
	int fd = dial(place);
	mode_t mask;

	if (fd >= 0) {
		close(fd);
		atls_error(
			"session '%s' is being recorded already; 'asynctls status' tells where to",
			place->name);
		return -EBUSY;
	}
	fd = make_socket(place, &address);
	unlink(place->socket); /* of a recorder that was killed */
	mask = umask(0177);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 8)) {
		int err = -errno;

		umask(mask);
		atls_error("%s: %s", place->socket, strerror(-err));
		if (fd >= 0)
			close(fd);
		return err;
	}
	umask(mask);
	return fd;
}

/* --- messages, one of which brings a file descriptor ----------------------- */

union room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static int send_order(int fd, const struct atls_order_message *message)
{
	struct iovec part = { (void *)message, sizeof(*message) };
	union room room = { 0 };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = room.bytes,
		.msg_controllen = sizeof(room.bytes),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&header);
	int words = STDERR_FILENO;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &words, sizeof(words));
	return sendmsg(fd, &header, MSG_NOSIGNAL) == sizeof(*message) ? 0 : -errno;
}

static bool take_order(int fd, struct atls_order_message *message, int *words)
{
	struct iovec part = { message, sizeof(*message) };
	union room room = { 0 };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = room.bytes,
		.msg_controllen = sizeof(room.bytes),
	};
	ssize_t n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&header) : NULL;

	*words = -1;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(words, CMSG_DATA(c), sizeof(*words));
	if (n == sizeof(*message) && *words >= 0)
		return true;
	if (*words >= 0)
		close(*words);
	return false;
}

int atls_remote_accept(int socket, struct atls_order_message *message, int *words)
{
	const struct timeval limit = { .tv_sec = ORDER_SECONDS };
	int fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (take_order(fd, message, words)) {
		message->name[sizeof(message->name) - 1] = '\0';
		return fd;
	}
	close(fd);
	return -EPROTO;
}

void atls_remote_answer(int connection, const struct atls_answer *answer)
{
	send(connection, answer, sizeof(*answer), MSG_NOSIGNAL);
}

int atls_remote_ask(const struct atls_place *place, const struct atls_order_message *message,
		    struct atls_answer *answer)
{
	int fd = dial(place), err;
	ssize_t n;

	if (fd == -ECONNREFUSED)
		fd = -ENOENT;
	if (fd < 0) {
		if (fd != -ENOENT)
			atls_error("%s: %s", place->socket, strerror(-fd));
		return fd;
	}
	err = send_order(fd, message);
	if (!err) {
		do {
			n = recv(fd, answer, sizeof(*answer), 0);
		} while (n < 0 && errno == EINTR);
		err = n == sizeof(*answer) ? 0 : -EPIPE;
	}
	close(fd);
	if (err)
		atls_error("the recorder of session '%s' has ended without an answer", place->name);
	return err;
}

/* --- last words ----------------------------------------------------------- */

void atls_remote_leave_words(const struct atls_place *place, int status, int log, off_t offset)
{
	char chunk[4096];
	ssize_t n;
	FILE *out;
	int fd;

	unlink(place->last);
	fd = open(place->last, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
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

int atls_remote_last_words(const struct atls_place *place)
{
	int fd = open(place->last, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), status = 0, c;
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");

	if (!in)
		return -ENOENT;
	if (fscanf(in, "%d%*1[\n]", &status) < 1)
		status = 0;
	while ((c = getc(in)) != EOF)
		putc(c, stderr);
	fclose(in);
	unlink(place->last);
	return status;
}
