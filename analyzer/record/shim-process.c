/* SPDX-License-Identifier: Apache-2.0 */
/* Processes on this host that have the shim loaded. */
#include "record/shim-process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHIM "/libasynctls-shim.so"
#define PROVIDER "/libasynctls-lttng.so"
#define MARK ".epoch"

static FILE *open_file(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return fopen(path, "re");
}

/* The shim maps HOME.epoch. */
static void take_mark(struct atls_shim_process *p, const char *line)
{
	const char *path = strchr(line, '/');
	size_t n = path ? strcspn(path, "\n") : 0;

	if (n <= strlen(MARK) || strncmp(path + n - strlen(MARK), MARK, strlen(MARK)))
		return;
	p->home_known = true;
	snprintf(p->home, sizeof(p->home), "%.*s", (int)(n - strlen(MARK)), path);
}

/* For those that do not use OpenSSL yet. Servers overwrite their environment. */
static void read_home(pid_t pid, struct atls_shim_process *p)
{
	FILE *file = open_file(pid, "environ");
	char *entry = NULL;
	size_t size = 0;

	while (file && getdelim(&entry, &size, '\0', file) > 0)
		if (!strncmp(entry, "LTTNG_HOME=", 11)) {
			p->home_known = true;
			snprintf(p->home, sizeof(p->home), "%s", entry + 11);
		}
	free(entry);
	if (file)
		fclose(file);
}

int atls_shim_process_inspect(pid_t pid, struct atls_shim_process *p)
{
	FILE *file = open_file(pid, "comm");
	char *line = NULL;
	size_t size = 0;
	bool any = false;

	*p = (struct atls_shim_process){ .pid = pid };
	if (!file)
		return -ESRCH;
	if (fscanf(file, "%15[^\n]", p->name) != 1)
		strcpy(p->name, "?");
	fclose(file);
	file = open_file(pid, "maps");
	while (file && getline(&line, &size, file) > 0) {
		any = true;
		p->shim |= strstr(line, SHIM) != NULL;
		p->provider |= strstr(line, PROVIDER) != NULL;
		take_mark(p, line);
	}
	free(line);
	if (file)
		fclose(file);
	if (!any)
		return -EACCES;
	if (p->shim && !p->home_known)
		read_home(pid, p);
	return 0;
}

int atls_shim_process_list(struct atls_shim_process *list, int n)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int found = 0;

	while (proc && found < n && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    !atls_shim_process_inspect(atoi(entry->d_name), &list[found]) &&
		    list[found].shim)
			found++;
	if (proc)
		closedir(proc);
	return found;
}
