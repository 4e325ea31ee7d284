/* SPDX-License-Identifier: Apache-2.0 */
/* What the shim in each process says of itself. */
#include "record/census.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"

#define MOST 65536

static struct atls_counted *entry(struct atls_census *c, pid_t pid)
{
	struct atls_counted *grown;

	for (size_t i = c->n; i-- > 0;)
		if (c->processes[i].pid == pid)
			return &c->processes[i];
	grown = c->n < MOST ? realloc(c->processes, (c->n + 1) * sizeof(*grown)) : NULL;
	if (!grown)
		return NULL;
	c->processes = grown;
	grown[c->n] = (struct atls_counted){ .pid = pid };
	return &grown[c->n++];
}

/* "loaded PID 0 NAME", "tls PID REACHED NAME" */
static void take(struct atls_census *c, const char *line)
{
	struct atls_counted *p;
	char what[8], name[64] = "";
	int pid, reached;

	if (sscanf(line, "%7s %d %d %63[^\n]", what, &pid, &reached, name) < 3 || pid <= 0 ||
	    !(p = entry(c, pid)))
		return;
	if (!strcmp(what, "tls")) {
		p->tls = true;
		p->reached = reached != 0;
	}
	atls_format_plain(p->name, sizeof(p->name), name);
}

void atls_census_read(struct atls_census *c, int fd)
{
	char path[64], line[256];
	FILE *file;

	*c = (struct atls_census){ 0 };
	/* Opened anew, for a file position of its own; the file itself may have been removed. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	file = fd >= 0 ? fopen(path, "re") : NULL;
	while (file && fgets(line, sizeof(line), file))
		take(c, line);
	if (file)
		fclose(file);
	for (size_t i = 0; i < c->n; i++) {
		c->tls += c->processes[i].tls;
		c->unreached += c->processes[i].tls && !c->processes[i].reached;
	}
}

const struct atls_counted *atls_census_find(const struct atls_census *c, pid_t pid)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->processes[i].pid == pid)
			return &c->processes[i];
	return NULL;
}

void atls_census_finish(struct atls_census *c)
{
	free(c->processes);
	*c = (struct atls_census){ 0 };
}
