/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A closed loop of clients, each of which always has one signature under way as an async job.
 *
 * usage: jobs [WORD=VALUE]...
 *   n=N          operations of each thread (100)     c=N      clients of each thread (4)
 *   threads=N    threads (1)                         lives=N  how often each thread begins anew (1)
 *   key=TYPE     rsa:BITS, ec:CURVE, ed25519 (rsa:2048)
 *   mode=MODE    fd: wait for wait fds; callback: for callbacks, and look again on EAGAIN
 *   engine=PATH  load this ENGINE and make it the default (none: hooks, or nothing)
 *   spec=WORDS   give them to that ENGINE
 *   timeout=MS   resume all when nothing has happened for so long (10000)
 *   poke=N       resume a paused job without reason before every n-th wait (0: never)
 *   abort=N      abandon every n-th paused job (0: never)
 *   fork=N       fork after every n-th operation; the child does some of its own (0: never)
 *
 * Prints what it saw. Fails if a signature is wrong, or an operation fails although fail=1 is not
 * given.
 */
#include <fcntl.h>
#include <openssl/async.h>
#include <openssl/ec.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition)                                                                \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			ERR_print_errors_fp(stderr);                                    \
			exit(1);                                                        \
		}                                                                       \
	} while (0)

#define MAX_CLIENTS 512
#define MAX_SIG 1024

static struct {
	const char *n, *c, *threads, *lives, *key, *mode, *engine, *spec, *timeout, *poke, *abort,
		*fork, *fail;
} word = { "100", "4", "1", "1", "rsa:2048", "fd", "", "", "10000", "0", "0", "0", "0" };

static int n, nclients, timeout_ms, poke, abort_every, fork_every;
static bool by_callback, may_fail;
static EVP_PKEY *key;
static const unsigned char message[] = "a message";

/* What all threads saw. */
static atomic_int ok, failed, errors, pauses, spurious, retries, timeouts, aborted, callbacks, fds;

struct client {
	ASYNC_WAIT_CTX *ctx;
	ASYNC_JOB *job;
	int pipe; /* write end: the callback tells its number */
	int number;
	bool ready, again;
	unsigned char sig[MAX_SIG];
	size_t siglen;
};

static int sign(void *args)
{
	struct client *c = *(struct client **)args;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	const EVP_MD *digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
	int done;

	c->siglen = sizeof(c->sig);
	CHECK(md && EVP_DigestSignInit(md, NULL, digest, NULL, key) == 1);
	done = EVP_DigestSign(md, c->sig, &c->siglen, message, sizeof(message));
	EVP_MD_CTX_free(md);
	return done == 1;
}

static void verify(const struct client *c)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	const EVP_MD *digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();

	CHECK(EVP_DigestVerifyInit(md, NULL, digest, NULL, key) == 1);
	CHECK(EVP_DigestVerify(md, c->sig, c->siglen, message, sizeof(message)) == 1);
	EVP_MD_CTX_free(md);
}

static int on_callback(void *args)
{
	struct client *c = args;

	callbacks++;
	CHECK(write(c->pipe, &c->number, sizeof(c->number)) == sizeof(c->number));
	return 1;
}

static void renew(struct client *c)
{
	ASYNC_WAIT_CTX_free(c->ctx);
	CHECK((c->ctx = ASYNC_WAIT_CTX_new()));
	if (by_callback)
		CHECK(ASYNC_WAIT_CTX_set_callback(c->ctx, on_callback, c));
	c->job = NULL;
}

static void count_end(struct client *c, int result)
{
	if (result == 1) {
		verify(c);
		ok++;
		return;
	}
	failed++;
	while (ERR_get_error())
		errors++;
}

/* Start or resume. True if the operation came to its end. */
static bool step(struct client *c)
{
	bool resumed = c->job != NULL, was_again = c->again;
	struct client *args = c;
	int result = 0;

	c->ready = c->again = false;
	switch (ASYNC_start_job(&c->job, c->ctx, &result, sign, &args, sizeof(args))) {
	case ASYNC_PAUSE:
		pauses++;
		c->again = ASYNC_WAIT_CTX_get_status(c->ctx) == ASYNC_STATUS_EAGAIN;
		retries += c->again;
		spurious += resumed && !c->again && !was_again;
		return false;
	case ASYNC_FINISH:
		count_end(c, result);
		c->job = NULL;
		return true;
	default:
		CHECK(!"the job could not be started");
		return true;
	}
}

static int fd_of(struct client *c)
{
	OSSL_ASYNC_FD fd = -1;
	size_t count = 0;

	CHECK(ASYNC_WAIT_CTX_get_all_fds(c->ctx, NULL, &count) && count <= 1);
	if (count)
		CHECK(ASYNC_WAIT_CTX_get_all_fds(c->ctx, &fd, &count));
	return fd;
}

/* Note who can go on. */
static void note_ready(struct client *clients, const struct pollfd *polls, int pipe)
{
	int number;

	for (int i = 0; i < nclients; i++)
		if (polls[i].revents)
			clients[i].ready = true;
	while (polls[nclients].revents && read(pipe, &number, sizeof(number)) == sizeof(number))
		clients[number].ready = clients[number].job != NULL;
}

static void wait_for_any(struct client *clients, int pipe)
{
	struct pollfd polls[MAX_CLIENTS + 1];
	int found, timeout = timeout_ms;

	for (int i = 0; i < nclients; i++) {
		bool waits = clients[i].job && !by_callback;

		polls[i] =
			(struct pollfd){ .fd = waits ? fd_of(&clients[i]) : -1, .events = POLLIN };
		fds += waits && polls[i].fd >= 0;
		/* Nobody says when: look again soon. */
		if (clients[i].again && by_callback)
			timeout = 1;
	}
	polls[nclients] = (struct pollfd){ .fd = pipe, .events = POLLIN };
	found = poll(polls, nclients + 1, timeout);
	CHECK(found >= 0);
	note_ready(clients, polls, pipe);
	if (found)
		return;
	timeouts += timeout == timeout_ms;
	for (int i = 0; i < nclients; i++)
		clients[i].ready = clients[i].job && (timeout == timeout_ms || clients[i].again);
}

static void abandon(struct client *c)
{
	aborted++;
	renew(c);
}

static void loop(int count);

/* The child's jobs are its own; those that the parent has paused are left alone. */
static void try_fork(void)
{
	pid_t child = fork();
	int status;

	CHECK(child >= 0);
	if (!child) {
		fork_every = 0;
		loop(20);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status));
}

static void loop(int count)
{
	struct client *clients = calloc(nclients, sizeof(*clients));
	int pipes[2], begun = 0, done = 0, turns = 0, number_paused = 0;

	CHECK(clients && pipe2(pipes, O_NONBLOCK | O_CLOEXEC) == 0);
	for (int i = 0; i < nclients; i++) {
		clients[i].pipe = pipes[1];
		clients[i].number = i;
		renew(&clients[i]);
	}
	while (done < count) {
		bool idle = true;

		for (int i = 0; i < nclients; i++) {
			struct client *c = &clients[i];
			bool first = !c->job;

			if (first ? begun == count : !c->ready && !(poke && ++turns % poke == 0))
				continue;
			begun += first;
			if (step(c)) {
				idle = false;
				done++;
				if (fork_every && done % fork_every == 0)
					try_fork();
			} else if (abort_every && ++number_paused % abort_every == 0) {
				idle = false;
				abandon(c);
				done++;
			}
		}
		if (idle)
			wait_for_any(clients, pipes[0]);
	}
	for (int i = 0; i < nclients; i++)
		ASYNC_WAIT_CTX_free(clients[i].ctx);
	free(clients);
	close(pipes[0]);
	close(pipes[1]);
}

static void *thread(void *unused)
{
	loop(n);
	ASYNC_cleanup_thread();
	return NULL;
}

static EVP_PKEY *make_key(const char *type)
{
	if (!strncmp(type, "rsa:", 4))
		return EVP_RSA_gen(atoi(type + 4));
	if (!strncmp(type, "ec:", 3))
		return EVP_EC_gen(type + 3);
	return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

#ifdef STATIC_ENGINE
/* The module's entry, linked here so that sanitizers see all of it. */
int bind_engine(ENGINE *e, const char *id, const dynamic_fns *fns);

static ENGINE *load_engine(const char *path)
{
	dynamic_fns fns = { .static_state = ENGINE_get_static_state() };
	ENGINE *e = ENGINE_new();

	CHECK(e && bind_engine(e, "asynctls", &fns));
	return e;
}
#else
static ENGINE *load_engine(const char *path)
{
	ENGINE *e;

	ENGINE_load_dynamic();
	e = ENGINE_by_id("dynamic");
	CHECK(e && ENGINE_ctrl_cmd_string(e, "SO_PATH", path, 0) &&
	      ENGINE_ctrl_cmd_string(e, "LOAD", NULL, 0));
	return e;
}
#endif

static void use_engine(void)
{
	ENGINE *e = load_engine(word.engine);

	CHECK(ENGINE_init(e));
	if (*word.spec)
		CHECK(ENGINE_ctrl_cmd_string(e, "SPEC", word.spec, 0));
	CHECK(ENGINE_set_default(e, ENGINE_METHOD_ALL));
	ENGINE_finish(e);
	ENGINE_free(e);
}

static void read_words(char **argv)
{
	static const struct {
		const char *name;
		const char **value;
	} words[] = {
		{ "n", &word.n },	    { "c", &word.c },	      { "threads", &word.threads },
		{ "lives", &word.lives },   { "key", &word.key },     { "mode", &word.mode },
		{ "engine", &word.engine }, { "spec", &word.spec },   { "timeout", &word.timeout },
		{ "poke", &word.poke },	    { "abort", &word.abort }, { "fork", &word.fork },
		{ "fail", &word.fail },
	};

	for (; *argv; argv++) {
		size_t i = 0, length = strcspn(*argv, "=");

		while (i < sizeof(words) / sizeof(words[0]) &&
		       (strlen(words[i].name) != length || strncmp(words[i].name, *argv, length)))
			i++;
		CHECK(i < sizeof(words) / sizeof(words[0]) && (*argv)[length]);
		*words[i].value = *argv + length + 1;
	}
	n = atoi(word.n);
	nclients = atoi(word.c);
	timeout_ms = atoi(word.timeout);
	poke = atoi(word.poke);
	abort_every = atoi(word.abort);
	fork_every = atoi(word.fork);
	by_callback = !strcmp(word.mode, "callback");
	may_fail = atoi(word.fail);
	CHECK(nclients > 0 && nclients <= MAX_CLIENTS);
}

static void run_threads(void)
{
	int count = atoi(word.threads);
	pthread_t *threads = calloc(count, sizeof(*threads));

	for (int i = 0; i < count; i++)
		CHECK(!pthread_create(&threads[i], NULL, thread, NULL));
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

int main(int argc, char **argv)
{
	struct timespec a, b;

	read_words(argv + 1);
	if (*word.engine)
		use_engine();
	CHECK((key = make_key(word.key)));
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int life = atoi(word.lives); life > 0; life--)
		run_threads();
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("ok=%d failed=%d errors=%d pauses=%d spurious=%d retries=%d timeouts=%d aborted=%d callbacks=%d "
	       "fds=%d seconds=%.6f\n",
	       ok, failed, errors, pauses, spurious, retries, timeouts, aborted, callbacks, fds > 0,
	       (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	EVP_PKEY_free(key);
	return failed && !may_fail;
}
