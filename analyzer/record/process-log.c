/* SPDX-License-Identifier: Apache-2.0 */
/* The process log, to which the shim in each process writes. */
#include "record/process-log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"

#define PROCESSES_MOST 65536

static struct atls_logged_process *entry(struct atls_process_log *log, pid_t pid)
{
	struct atls_logged_process *grown;

	for (size_t i = log->n; i-- > 0;)
		if (log->processes[i].pid == pid)
			return &log->processes[i];
	grown = log->n < PROCESSES_MOST ? realloc(log->processes, (log->n + 1) * sizeof(*grown))
					: NULL;
	if (!grown)
		return NULL;
	log->processes = grown;
	grown[log->n] = (struct atls_logged_process){ .pid = pid };
	return &grown[log->n++];
}

/*
 * "loaded PID 0 0 NAME", "tls PID REACHED RULE NAME", "other PID 0 RULE NAME": numbers of the
 * catalogue's enumerations.
 */
static void take(struct atls_process_log *log, const char *line)
{
	struct atls_logged_process *p;
	char what[8], name[64] = "";
	int pid, reached, rule;

	if (sscanf(line, "%7s %d %d %d %63[^\n]", what, &pid, &reached, &rule, name) < 4 ||
	    pid <= 0 || !(p = entry(log, pid)))
		return;
	if (!strcmp(what, "tls")) {
		p->tls = true;
		p->reached = reached == ATLS_REACHED;
		p->two_identities = reached == ATLS_REACHED_NOT_BY_TWO;
		p->rule = rule;
	}
	p->other |= !strcmp(what, "other");
	atls_format_plain(p->name, sizeof(p->name), name);
}

void atls_process_log_read(struct atls_process_log *log, int fd)
{
	char path[64], line[256];
	FILE *file;

	*log = (struct atls_process_log){ 0 };
	/* Opened anew, for a file position of its own; the file itself may have been removed. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	file = fd >= 0 ? fopen(path, "re") : NULL;
	while (file && fgets(line, sizeof(line), file))
		take(log, line);
	if (file)
		fclose(file);
	for (size_t i = 0; i < log->n; i++) {
		log->tls += log->processes[i].tls;
		log->others += log->processes[i].other;
		log->unreached += log->processes[i].tls && !log->processes[i].reached;
	}
}

const struct atls_logged_process *atls_process_log_find(const struct atls_process_log *log,
							pid_t pid)
{
	for (size_t i = 0; i < log->n; i++)
		if (log->processes[i].pid == pid)
			return &log->processes[i];
	return NULL;
}

void atls_process_log_finish(struct atls_process_log *log)
{
	free(log->processes);
	*log = (struct atls_process_log){ 0 };
}
