/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that records events without a shim and without TLS, for tests of the recorder: opens
 * the provider library as the shim does, then does what its arguments say, one after the other.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "events/provider.h"

static const struct atls_provider *provider;
static uint32_t serial;

static void usage(void)
{
	fputs("usage: emit LIBRARY ACTION...\n"
	      "  open        open the provider\n"
	      "  events=N    emit N events\n"
	      "  recorded    wait until somebody records\n"
	      "  unrecorded  wait until nobody does\n"
	      "  flow        emit an event each millisecond until nobody records\n"
	      "  sleep=MS    do nothing for a while\n"
	      "  say=TEXT    print a line\n"
	      "  env=NAME    print a variable of the environment\n"
	      "  await=FILE  go on when FILE (a FIFO) was opened and closed by a writer\n"
	      "  pause       wait for a signal\n"
	      "  ignore=N    ignore signal N\n"
	      "  background  go on as a daemon; the caller sees the end of the program\n"
	      "  kill=N      send itself signal N\n"
	      "  exit=N      end\n",
	      stderr);
	exit(2);
}

static void open_provider(const char *library)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_GLOBAL);

	provider = handle ? dlsym(handle, "asynctls_provider") : NULL;
	if (!provider) {
		fprintf(stderr, "emit: %s\n", dlerror());
		exit(1);
	}
}

static void emit(long count)
{
	while (count-- > 0 && *provider->state[ATLS_EV_job_start]) {
		const struct atls_job_start e = { .job = ++serial };

		provider->emit[ATLS_EV_job_start](&e);
	}
}

static void await_recording(int wanted)
{
	while (!!*(volatile const int *)provider->state[ATLS_EV_job_start] != wanted)
		usleep(1000);
}

static void flow(void)
{
	while (*(volatile const int *)provider->state[ATLS_EV_job_start]) {
		emit(1);
		usleep(1000);
	}
}

static void await(const char *fifo)
{
	char c;
	int fd = open(fifo, O_RDONLY);

	while (fd >= 0 && read(fd, &c, 1) > 0)
		;
	close(fd);
}

static void go_to_background(void)
{
	if (fork() > 0)
		_exit(0);
	setsid();
	if (fork() > 0)
		_exit(0);
}

static void act(const char *library, const char *action)
{
	const char *value = strchr(action, '=') ? strchr(action, '=') + 1 : "";

	if (!strcmp(action, "open"))
		open_provider(library);
	else if (!strncmp(action, "events=", 7) && provider)
		emit(atol(value));
	else if (!strcmp(action, "recorded") && provider)
		await_recording(1);
	else if (!strcmp(action, "unrecorded") && provider)
		await_recording(0);
	else if (!strcmp(action, "flow") && provider)
		flow();
	else if (!strncmp(action, "sleep=", 6))
		usleep(atoi(value) * 1000);
	else if (!strncmp(action, "say=", 4))
		puts(value);
	else if (!strncmp(action, "env=", 4))
		puts(getenv(value) ? getenv(value) : "(unset)");
	else if (!strncmp(action, "await=", 6))
		await(value);
	else if (!strcmp(action, "pause"))
		pause();
	else if (!strncmp(action, "ignore=", 7))
		signal(atoi(value), SIG_IGN);
	else if (!strcmp(action, "background"))
		go_to_background();
	else if (!strncmp(action, "kill=", 5))
		raise(atoi(value));
	else if (!strncmp(action, "exit=", 5))
		exit(atoi(value));
	else
		usage();
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		usage();
	for (int i = 2; i < argc; i++)
		act(argv[1], argv[i]);
	return 0;
}
