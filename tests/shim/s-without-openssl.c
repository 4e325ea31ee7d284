/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that has nothing to do with TLS: the shim loads no library, starts no thread, emits
 * nothing.
 */
// EVENTS thread=0 process=0 loop_enter=0 wake=0
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void print_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	printf("threads: %d\n", n - 2);
}

static void print_libraries(void)
{
	const char *unwanted[] = { "libssl", "libcrypto", "lttng", "provider" };
	char line[4096];
	FILE *maps = fopen("/proc/self/maps", "r");

	while (fgets(line, sizeof(line), maps))
		for (int i = 0; i < 4; i++)
			if (strstr(line, unwanted[i]))
				printf("loaded: %s", line);
	fclose(maps);
}

int main(void)
{
	int ends[2], epfd = epoll_create1(0), event = eventfd(0, EFD_NONBLOCK);
	struct epoll_event e = { .events = EPOLLIN, .data.fd = event };
	struct pollfd p = { .fd = event, .events = POLLIN };

	printf("%d\n", pipe(ends));
	printf("%d %d\n", epoll_ctl(epfd, EPOLL_CTL_ADD, event, &e), eventfd_write(event, 1));
	printf("%d %d\n", epoll_wait(epfd, &e, 1, 0), poll(&p, 1, 0));
	printf("%d %d %d\n", ends[0], epfd, event);
	errno = 0;
	printf("%d %d\n", close(12345), errno == EBADF);
	print_threads();
	print_libraries();
	return 0;
}
