/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wake-ups by way of a pipe, a duplicate, writev, from another thread; and one that comes too late.
 */
// EVENTS wake=5 wake_stray=1 wait_fd_close=1
// ORDER wait_fd_set wake wait_fd_close wake_stray
#include <fcntl.h>
#include <openssl/async.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pair.h"

static const char key, second;

static void *writer(void *fd)
{
	CHECK(write(*(int *)fd, "x", 1) == 1);
	return NULL;
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	struct iovec vector = { .iov_base = "y", .iov_len = 1 };
	int ends[2], more[2], event, copy, null = open("/dev/null", O_WRONLY);
	uint64_t one = 1;
	pthread_t thread;

	CHECK(!pipe(ends) && !pipe2(more, 0));
	event = eventfd(0, 0);
	CHECK(ASYNC_WAIT_CTX_set_wait_fd(ctx, &key, ends[0], NULL, NULL));
	CHECK(ASYNC_WAIT_CTX_set_wait_fd(ctx, &second, event, NULL, NULL));
	CHECK(!pthread_create(&thread, NULL, writer, &ends[1]) && !pthread_join(thread, NULL));
	copy = dup(ends[1]);
	CHECK(writev(copy, &vector, 1) == 1);
	CHECK(write(more[1], "not a wait fd", 13) == 13);
	CHECK(eventfd_write(event, 1) == 0);
	CHECK(dup2(event, copy) == copy);
	CHECK(write(copy, &one, sizeof(one)) == sizeof(one));
	CHECK(write(event, &one, sizeof(one)) == sizeof(one));
	CHECK(!close(event));
	CHECK(dup2(null, event) == event); /* the number is another file's */
	CHECK(write(event, &one, sizeof(one)) == sizeof(one));
	ASYNC_WAIT_CTX_free(ctx);
	puts("done");
	return 0;
}
