/* SPDX-License-Identifier: Apache-2.0 */
/* Doctor: a process that runs already. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "events/trace.h"
#include "record/doctor/doctor.h"

/* The first mapping of each library that matters. */
struct maps {
	char libssl[4096], libcrypto[4096], shim[4096], provider[4096];
	uint64_t shim_base;
};

static bool take(const char *path, const char *part, char *to)
{
	const char *slash = strrchr(path, '/');

	if (*to || !slash || strncmp(slash + 1, part, strlen(part)))
		return false;
	snprintf(to, 4096, "%.*s", (int)strcspn(path, "\n"), path);
	return true;
}

static int read_maps(pid_t pid, struct maps *m)
{
	char name[64], line[5000];
	const char *path;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/maps", (int)pid);
	f = fopen(name, "re");
	if (!f || !fgets(line, sizeof(line), f)) {
		int err = !f && errno == ENOENT ? -ESRCH : -EACCES;

		atls_error("process %d: %s", (int)pid,
			   err == -ESRCH ? "there is no such process" : "may not be looked at");
		if (f)
			fclose(f);
		return err;
	}
	do {
		path = strchr(line, '/');
		if (!path)
			continue;
		take(path, "libssl.so", m->libssl);
		take(path, "libcrypto.so", m->libcrypto);
		take(path, "libasynctls-lttng.so", m->provider);
		if (take(path, "libasynctls-shim.so", m->shim))
			m->shim_base = strtoull(line, NULL, 16);
	} while (fgets(line, sizeof(line), f));
	fclose(f);
	return 0;
}

/* The offset of the status in the shim at path, or -1. In a child, as loading runs code. */
static int64_t status_offset(const char *path)
{
	int64_t offset = -1;
	int ends[2];
	pid_t child;

	if (pipe(ends))
		return -1;
	child = fork();
	if (!child) {
		void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		void *status = handle ? dlsym(handle, "asynctls_shim_status") : NULL;
		Dl_info info;

		if (status && dladdr(status, &info))
			offset = (char *)status - (char *)info.dli_fbase;
		_exit(write(ends[1], &offset, sizeof(offset)) != sizeof(offset));
	}
	close(ends[1]);
	if (child < 0 || read(ends[0], &offset, sizeof(offset)) != sizeof(offset))
		offset = -1;
	close(ends[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	return offset;
}

static bool read_status(pid_t pid, const struct maps *m, struct atls_shim_status *status)
{
	int64_t offset = status_offset(m->shim);
	struct iovec here = { status, sizeof(*status) };
	struct iovec there = { (void *)(uintptr_t)(m->shim_base + offset), sizeof(*status) };

	return offset >= 0 && process_vm_readv(pid, &here, 1, &there, 1, 0) == sizeof(*status) &&
	       !memcmp(status->magic, "asynctls", 8) && status->abi == ATLS_SHIM_STATUS_ABI;
}

static void judge_status(struct atls_diagnosis *d, const struct atls_shim_status *s)
{
	if (!s->readiness) {
		atls_diagnose(d, ATLS_DOUBTFUL, "activity", "it has not used OpenSSL yet");
		return;
	}
	atls_diagnose(d, ATLS_FINE, "mode", "%s",
		      atls_enum_text("mode", s->mode) ? atls_enum_text("mode", s->mode) : "?");
	atls_diagnose(d, s->provider ? ATLS_FINE : ATLS_BROKEN, "provider",
		      s->provider ? "the LTTng provider is open"
				  : "the LTTng provider could not be opened");
	atls_diagnose(d, s->async_mode || s->mode == ATLS_MODE_BRIDGE ? ATLS_FINE : ATLS_DOUBTFUL,
		      "async-mode",
		      s->async_mode ? "SSL_MODE_ASYNC was set"
				    : "SSL_MODE_ASYNC was not set by the program");
	if (s->others)
		atls_diagnose(d, ATLS_DOUBTFUL, "other-openssl",
			      "it has another OpenSSL, too, whose calls are not traced");
	atls_diagnose(d, ATLS_FINE, "jobs",
		      s->jobs ? "async jobs were started" : "no async job was started yet");
	if (s->stack_used)
		atls_diagnose(d, ATLS_FINE, "stacks", "the deepest job used %u KiB of its stack",
			      s->stack_used / 1024);
}

int atls_doctor_process(struct atls_diagnosis *d, pid_t pid)
{
	struct maps m = { 0 };
	struct atls_shim_status status;
	int err = read_maps(pid, &m);

	if (err)
		return err;
	atls_diagnose(d, ATLS_FINE, "process", "%d", (int)pid);
	if (!*m.shim)
		atls_diagnose(d, ATLS_BROKEN, "shim",
			      "was started without the shim, which cannot be added later");
	else if (!read_status(pid, &m, &status))
		atls_diagnose(d, ATLS_DOUBTFUL, "shim",
			      "%s is loaded, but its state cannot be read", m.shim);
	else {
		atls_diagnose(d, ATLS_FINE, "shim", "%s", m.shim);
		judge_status(d, &status);
	}
	if (*m.libcrypto)
		atls_doctor_library(d, m.libssl, m.libcrypto);
	else
		atls_diagnose(d, ATLS_DOUBTFUL, "openssl", "has no libcrypto loaded");
	return 0;
}
