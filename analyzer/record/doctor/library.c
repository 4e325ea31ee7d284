/* SPDX-License-Identifier: Apache-2.0 */
/* Doctor: the OpenSSL that a program uses. */
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record/doctor/doctor.h"

/* The answer of a child process that has loaded the library. */
struct answer {
	bool loaded, symbolic, jobs, callbacks, engine, capable;
	char version[128];
};

/* Linked with -Bsymbolic: calls inside the library are not seen, calls between libraries are. */
static bool is_symbolic(void *handle)
{
	struct link_map *map;

	if (dlinfo(handle, RTLD_DI_LINKMAP, &map))
		return false;
	for (const ElfW(Dyn) *d = map->l_ld; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_SYMBOLIC ||
		    (d->d_tag == DT_FLAGS && d->d_un.d_val & DF_SYMBOLIC))
			return true;
	return false;
}

static void inspect(const char *path, struct answer *a)
{
	void *handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	const char *(*version)(int);
	int (*capable)(void);

	if (!handle)
		return;
	a->loaded = true;
	a->symbolic = is_symbolic(handle);
	a->jobs = dlsym(handle, "ASYNC_start_job") != NULL;
	a->callbacks = dlsym(handle, "ASYNC_WAIT_CTX_set_callback") != NULL;
	a->engine = dlsym(handle, "ENGINE_by_id") != NULL;
	version = (const char *(*)(int))dlsym(handle, "OpenSSL_version");
	capable = (int (*)(void))dlsym(handle, "ASYNC_is_capable");
	snprintf(a->version, sizeof(a->version), "%s", version ? version(0) : "an unknown version");
	a->capable = capable && capable();
}

/* In a child, as the library runs code of its own and may be of any making. */
static struct answer ask(const char *path)
{
	struct answer a = { 0 };
	int ends[2];
	pid_t child;

	if (pipe(ends))
		return a;
	child = fork();
	if (!child) {
		inspect(path, &a);
		_exit(write(ends[1], &a, sizeof(a)) != sizeof(a));
	}
	close(ends[1]);
	if (child < 0 || read(ends[0], &a, sizeof(a)) != sizeof(a))
		a = (struct answer){ 0 };
	close(ends[0]);
	if (child > 0)
		waitpid(child, NULL, 0);
	return a;
}

static void judge_crypto(struct atls_diagnosis *d, const char *path, const struct answer *a)
{
	if (!a->loaded) {
		atls_diagnose(d, ATLS_DOUBTFUL, "openssl", "%s cannot be loaded here", path);
		return;
	}
	atls_diagnose(d, ATLS_FINE, "openssl", "%s (%s)", a->version, path);
	atls_diagnose(d, a->jobs ? ATLS_FINE : ATLS_BROKEN, "async-jobs",
		      a->jobs ? "there are async jobs"
			      : "this library has no async jobs (ASYNC_start_job)");
	if (a->jobs)
		atls_diagnose(
			d, a->capable ? ATLS_FINE : ATLS_DOUBTFUL, "async-capable",
			a->capable
				? "ASYNC_is_capable says yes"
				: "ASYNC_is_capable says no: jobs cannot pause on this platform");
	atls_diagnose(d, ATLS_FINE, "callbacks",
		      a->callbacks ? "wait contexts have callbacks"
				   : "no callbacks, only wait fds (before OpenSSL 3.0)");
	atls_diagnose(d, ATLS_FINE, "engine",
		      a->engine ? "ENGINE is there"
				: "no ENGINE: offload through providers or the shim's own hooks");
}

static void judge_symbols(struct atls_diagnosis *d, const char *path)
{
	const struct answer a = ask(path);

	if (a.loaded)
		atls_diagnose(
			d, ATLS_FINE, "interposable",
			a.symbolic
				? "%s is linked with -Bsymbolic: its calls to itself are not seen, those of the program are"
				: "%s can be interposed",
			path);
}

void atls_doctor_library(struct atls_diagnosis *d, const char *libssl, const char *libcrypto)
{
	const struct answer a = ask(libcrypto);

	judge_crypto(d, libcrypto, &a);
	judge_symbols(d, *libssl ? libssl : libcrypto);
}
