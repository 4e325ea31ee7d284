/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider for tests, in place of the LTTng one: appends each event as a line of text to the file
 * that ASYNCTLS_TEXT names, "TS PID TID EVENT FIELD=VALUE ...", or records nothing if that is
 * unset.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "events/provider.h"

static int file = -1;
static int recording;

/* The environment may be gone, or fds closed, by the time of the first event. */
__attribute__((constructor)) static void open_file(void)
{
	const char *name = getenv("ASYNCTLS_TEXT");

	if (!name)
		return;
	file = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	recording = file >= 0;
}

static int put_field(char *out, size_t size, const struct atls_field_desc *f, const void *payload)
{
	const char *at = (const char *)payload + f->offset;
	long long value = 0;

	if (f->kind == ATLS_FIELD_TEXT)
		return snprintf(out, size, " %s=%.*s", f->name, f->size, at);
	memcpy(&value, at, f->size);
	if (f->is_signed && f->size == 4)
		value = (int32_t)value;
	if (f->kind == ATLS_FIELD_CODE && atls_enum_text(f->enumeration, (int)value))
		return snprintf(out, size, " %s=%s", f->name,
				atls_enum_text(f->enumeration, (int)value));
	return snprintf(out, size, " %s=%lld", f->name, value);
}

static void put(int id, const void *payload)
{
	const struct atls_event_desc *d = atls_event_describe(id);
	char line[512];
	struct timespec t;
	ssize_t written;
	int n;

	clock_gettime(CLOCK_MONOTONIC, &t);
	n = snprintf(line, sizeof(line), "%lld %d %ld %s", t.tv_sec * 1000000000LL + t.tv_nsec,
		     getpid(), syscall(SYS_gettid), d->name);
	for (size_t i = 0; i < d->nfields; i++)
		n += put_field(line + n, sizeof(line) - n, &d->fields[i], payload);
	line[n++] = '\n';
	/* The real call: the shim's write must not see this. */
	written = syscall(SYS_write, file, line, n);
	(void)written;
}

#define ATLS_ENUM(name, values)
#define ATLS_EVENT(name, group, doc, fields)        \
	static void put_##name(const void *payload) \
	{                                           \
		put(ATLS_EV_##name, payload);       \
	}
#include "events/catalogue.def"
#undef ATLS_EVENT

__attribute__((visibility("default"))) const struct atls_provider asynctls_provider = {
	.abi = ATLS_PROVIDER_ABI,
	.state = { [0 ... ATLS_EV_COUNT - 1] = &recording },
	.emit = {
#define ATLS_EVENT(name, group, doc, fields) put_##name,
#include "events/catalogue.def"
	},
};
