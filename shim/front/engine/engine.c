/* SPDX-License-Identifier: Apache-2.0 */
/* The OpenSSL ENGINE "asynctls": binding, control commands, and the way of an operation. */
#include <dlfcn.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "front/engine/engine.h"

const bool atls_preloaded = false;

/* Set when the ENGINE is bound, constant afterwards. */
static const struct atls_backend *back;

static void find_backend(void)
{
	const struct atls_backend *shim = dlsym(RTLD_DEFAULT, "asynctls_backend");

	back = shim && shim->abi == ATLS_BACKEND_ABI ? shim : &asynctls_backend;
}

static bool wanted(enum atls_crypto crypto)
{
	uint8_t ops = back->spec()->ops;

	return !ops || ops & 1 << crypto;
}

/* True if the task was done on a worker, or failed: then *ret is 0. */
static bool offloaded(struct atls_task *task, struct atls_operation what, enum atls_reason *reason,
		      bool *failed)
{
	enum atls_offload how;

	*failed = false;
	if (!back->possible(what, reason))
		return false;
	*reason = ATLS_REASON_NO_RESOURCE;
	if (!task)
		return false;
	how = back->offload(task, what, reason);
	*failed = how == ATLS_OFFLOAD_FAILED;
	if (how == ATLS_OFFLOAD_DONE)
		back->raise(&task->errors);
	return how == ATLS_OFFLOAD_DONE;
}

bool atls_engine_perform(struct atls_task *task, struct atls_operation what,
			 int (*in_place)(void *args), void *args, int *ret)
{
	enum atls_reason reason;
	struct atls_in_place place;
	bool failed;

	*ret = 0;
	if (!wanted(what.crypto)) {
		*ret = in_place(args);
		return false;
	}
	if (offloaded(task, what, &reason, &failed))
		return true;
	if (failed)
		return false;
	back->in_place_begin(&place);
	*ret = in_place(args);
	back->in_place_end(&place, what, reason);
	return false;
}

bool atls_engine_asked_for(enum atls_crypto crypto)
{
	return back->spec()->ops & 1 << crypto;
}

void atls_engine_unref(struct atls_task *task)
{
	if (task)
		back->unref(task);
}

/* The words of a specification, as commands. */
#define COMMANDS(X)                                                                             \
	X(SPEC, "", "Words of a specification: 'workers=4,latency=rsa:2ms'")                    \
	X(WORKERS, "workers", "Threads: how many operations the device does at once (2)")       \
	X(QUEUE, "queue", "Operations that may wait for a worker (4096)")                       \
	X(BATCH, "batch", "Operations that a worker takes at once (1)")                         \
	X(MIN_COST, "min_cost", "Do in place what costs less than a time such as '50us'")       \
	X(OPS, "ops", "What is offloaded: 'sign+decrypt+derive+keygen' (all)")                  \
	X(FULL, "full", "When the queue is full: 'retry' or 'inplace' (retry)")                 \
	X(LATENCY, "latency",                                                                   \
	  "Service time: 'rsa2048:150us', '100us..200us', '150us~20us', '@FILE'")               \
	X(FAULT, "fault",                                                                       \
	  "Fault and rate: 'lost-wake:1%', 'eagain:1/100', 'late-wake:5ms', 'none'")            \
	X(CPUS, "cpus", "Processors that the threads run on: '0-3+7' (the process's at start)") \
	X(MAX_INFLIGHT, "max-inflight",                                                         \
	  "Operations under way at a time; more are done in place (any)")                       \
	X(SEED, "seed", "Where the random numbers begin (1)")                                   \
	X(PROFILE, "profile", "Name or path of a profile of words")

enum {
	BEFORE_FIRST = ENGINE_CMD_BASE - 1,
#define X(name, word, text) CMD_##name,
	COMMANDS(X)
#undef X
};

static const ENGINE_CMD_DEFN commands[] = {
#define X(name, word, text) { CMD_##name, #name, text, ENGINE_CMD_FLAG_STRING },
	COMMANDS(X)
#undef X
		{ 0, NULL, NULL, 0 },
};

static const char *const word_of[] = {
#define X(name, word, text) word,
	COMMANDS(X)
#undef X
};

/* "latency" and "a,b" make "latency=a,latency=b". Returns malloc'd text. */
static char *spell(const char *word, const char *value)
{
	size_t pieces = 1, size;
	char *text, *at;

	if (!*word)
		return strdup(value);
	for (const char *p = value; *p; p++)
		pieces += *p == ',';
	size = strlen(value) + pieces * (strlen(word) + 2);
	text = at = malloc(size);
	while (text) {
		int n = (int)strcspn(value, ",");

		at += sprintf(at, "%s=%.*s", word, n, value);
		if (!value[n])
			break;
		*at++ = ',';
		value += n + 1;
	}
	return text;
}

static int control(ENGINE *e, int command, long number, void *value, void (*function)(void))
{
	char why[512] = "out of memory";
	char *words;
	int ret = -1;

	if (command < ENGINE_CMD_BASE || command > CMD_PROFILE || !value) {
		ERR_raise(ERR_LIB_ENGINE, ENGINE_R_CTRL_COMMAND_NOT_IMPLEMENTED);
		return 0;
	}
	words = spell(word_of[command - ENGINE_CMD_BASE], value);
	if (words)
		ret = back->configure(words, why, sizeof(why));
	free(words);
	if (ret)
		ERR_raise_data(ERR_LIB_ENGINE, ENGINE_R_INVALID_ARGUMENT, "%s", why);
	return !ret;
}

static int init(ENGINE *e)
{
	return back->ready();
}

static int finish(ENGINE *e)
{
	return 1;
}

static int destroy(ENGINE *e)
{
	atls_engine_free_rsa();
	atls_engine_free_ec();
	return 1;
}

static int bind(ENGINE *e, const char *id)
{
	if (id && strcmp(id, "asynctls"))
		return 0;
	find_backend();
	return back->ready() && ENGINE_set_id(e, "asynctls") &&
	       ENGINE_set_name(e, "asynctls: a device that can be shaped and broken") &&
	       ENGINE_set_init_function(e, init) && ENGINE_set_finish_function(e, finish) &&
	       ENGINE_set_destroy_function(e, destroy) && ENGINE_set_ctrl_function(e, control) &&
	       ENGINE_set_cmd_defns(e, commands) && atls_engine_set_rsa(e) &&
	       atls_engine_set_ec(e) && atls_engine_set_ecx(e);
}

#pragma GCC visibility push(default)
IMPLEMENT_DYNAMIC_CHECK_FN()
IMPLEMENT_DYNAMIC_BIND_FN(bind)
#pragma GCC visibility pop
