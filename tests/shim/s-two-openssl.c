/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two OpenSSLs in a process, as of Python's ssl module and of a wheel that brings its own: each of
 * two libraries is served by the one that it is linked to. What came first is traced.
 */
// EVENTS ssl_new=8 handshake=8 ssl_free=8
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *open_library(const char *path)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!handle) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	return handle;
}

static int (*handshakes_of(const char *path))(int)
{
	return (int (*)(int))dlsym(open_library(path), "handshakes");
}

static void *on_a_thread(void *handshakes)
{
	printf("on a thread: %d\n", ((int (*)(int))handshakes)(3));
	return NULL;
}

int main(void)
{
	int (*first)(int) = handshakes_of(FIRST), (*second)(int);
	pthread_t thread;

	printf("first: %d\n", first(3));
	open_library(SECOND "/libcrypto.so"); /* the next two look for it by its name */
	open_library(SECOND "/libssl.so");
	second = handshakes_of(SECOND "/handshakes.so");
	printf("second: %d\n", second(3));
	if (pthread_create(&thread, NULL, on_a_thread, (void *)second) ||
	    pthread_join(thread, NULL))
		return 1;
	printf("first: %d\n", first(1));
	printf("different libraries: %d\n", first != second);
	return 0;
}
