/* SPDX-License-Identifier: Apache-2.0 */
/* Which runtime in this process minds on which stack its code runs. */
#include "bridge/runtime.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * Known by a symbol, where the runtime is part of the program or in the program's own scope, and by
 * how its library's file name begins, where a module brought it. Either may be NULL.
 */
static const struct {
	const char *name, *symbol, *library;
} runtimes[] = {
	/* Compare the stack pointer with the thread's stack when their code is called. */
	{ "V8", "_ZN2v87Isolate10GetCurrentEv", "libnode.so" },
	{ "V8", NULL, "libv8.so" },
	{ "Java", "JNI_CreateJavaVM", "libjvm.so" },
	{ ".NET", "DotNetRuntimeDebugHeader", "libcoreclr.so" },
	{ "PHP", "zend_call_stack_init", NULL }, /* from 8.3 */
	{ "R", "R_CStackLimit", "libR.so" },
	{ "Go", "_cgo_topofstack", NULL },
	{ "Chicken", "C_stack_limit", "libchicken.so" },
	{ "SBCL", "lisp_startup_options", NULL },
	/* Search it for references to objects. */
	{ "Ruby", "ruby_init_stack", "libruby" },
	{ "Mono", "mono_jit_init", "libmono" },
	{ "the Boehm collector", "GC_stackbottom", "libgc.so" },
	{ "D", "_d_run_main", "libdruntime" },
	{ "D", NULL, "libphobos2" },
	{ "Julia", "jl_init", "libjulia" },
	/* Copies it. */
	{ "greenlet", NULL, "_greenlet." },
};

#define COUNT (sizeof(runtimes) / sizeof(runtimes[0]))

/* CPython compares from 3.14. Its version is a number like 0x030e00f0, or in the library's name. */
#define PYTHON_NAME "CPython"
#define PYTHON_LIBRARY "libpython3."
#define PYTHON_MINOR 14

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static const char *by_library(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash ? slash + 1 : path;

	for (size_t i = 0; i < COUNT; i++)
		if (runtimes[i].library && begins(file, runtimes[i].library))
			return runtimes[i].name;
	return begins(file, PYTHON_LIBRARY) && atoi(file + strlen(PYTHON_LIBRARY)) >= PYTHON_MINOR
		       ? PYTHON_NAME
		       : NULL;
}

static const char *by_symbol(void)
{
	const unsigned long *python = dlsym(RTLD_DEFAULT, "Py_Version");

	if (python && *python >> 16 >= (3 << 8 | PYTHON_MINOR))
		return PYTHON_NAME;
	for (size_t i = 0; i < COUNT; i++)
		if (runtimes[i].symbol && dlsym(RTLD_DEFAULT, runtimes[i].symbol))
			return runtimes[i].name;
	return NULL;
}

/* What is loaded, as the dynamic linker counts it, and the name of a runtime among it. */
struct look {
	unsigned long long loaded;
	const char *name;
	bool whole; /* look at each object, not only at the count */
};

static int look_at(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct look *l = arg;

	l->loaded = info->dlpi_adds;
	if (l->whole && !l->name)
		l->name = by_library(info->dlpi_name);
	return !l->whole;
}

const char *atls_runtime_name(void)
{
	static _Atomic unsigned long long loaded_then;
	static const char *_Atomic name_then;
	struct look now = { 0 };

	dl_iterate_phdr(look_at, &now);
	if (now.loaded == atomic_load_explicit(&loaded_then, memory_order_acquire))
		return atomic_load_explicit(&name_then, memory_order_relaxed);
	now.whole = true;
	dl_iterate_phdr(look_at, &now);
	if (!now.name)
		now.name = by_symbol();
	atomic_store_explicit(&name_then, now.name, memory_order_relaxed);
	atomic_store_explicit(&loaded_then, now.loaded, memory_order_release);
	return now.name;
}
