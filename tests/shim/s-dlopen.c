/* SPDX-License-Identifier: Apache-2.0 */
/* libssl loaded at run time, RTLD_LOCAL, as Python's ssl module does. */
// EVENTS ssl_new=1 ssl_begin=1 ssl_end=1 ssl_free=1
#include <dlfcn.h>
#include <stdio.h>

/* A plugin that is linked to libssl is what the program opens; its calls go through its own PLT. */
int main(void)
{
	void *plugin = dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
	int (*run)(void) = plugin ? (int (*)(void))dlsym(plugin, "run") : NULL;

	if (!run) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	printf("global scope has libssl: %d\n", run() > 100);
	return 0;
}
