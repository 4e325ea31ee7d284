/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a recording: duration, size, disk. */
#include "record/limits.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/log.h"
#include "record/directory.h"
#include "record/finish.h"

/* The recording ends while so much is free, so that what is in the buffers finds room. */
#define RESERVE_MOST (64LL << 20)
#define RESERVE_SHARE 16 /* of a small file system */

/* The chunk with the lowest number: names are BEGIN-END-NUMBER. False if there is none. */
static bool oldest_chunk(const struct recorder *r, char *path, size_t size)
{
	char archives[PATH_MAX + 16];
	unsigned long lowest = 0;
	struct dirent *entry;
	DIR *dir;

	snprintf(archives, sizeof(archives), "%s/archives", r->output.ctf);
	dir = opendir(archives);
	while (dir && (entry = readdir(dir))) {
		const char *dash = strrchr(entry->d_name, '-');
		unsigned long number = dash ? strtoul(dash + 1, NULL, 10) + 1 : 0;

		if (number && (!lowest || number < lowest)) {
			lowest = number;
			snprintf(path, size, "%s/%s", archives, entry->d_name);
		}
	}
	if (dir)
		closedir(dir);
	return lowest != 0;
}

static void check_size(struct recorder *r)
{
	char chunk[PATH_MAX + 300];
	uint64_t most = r->options->max_size;

	while (most && atls_directory_size(r->output.ctf) > most) {
		if ((!r->options->rotate_size && !r->options->rotate_ns) ||
		    !oldest_chunk(r, chunk, sizeof(chunk)))
			break;
		if (atls_directory_remove(chunk))
			break;
		r->meta.dropped_chunks++;
	}
	if (most && !r->options->rotate_size && !r->options->rotate_ns &&
	    atls_directory_size(r->output.ctf) > most)
		atls_finish_early(r, "max-size");
}

static void check_disk(struct recorder *r)
{
	bool before = r->daemon.disk_full;
	int64_t reserve = RESERVE_MOST;
	struct statvfs fs;

	atls_sessiond_watch(&r->daemon, false);
	if (r->daemon.disk_full && !before)
		atls_warn("%s: no space left: events are being lost from now on", r->output.dir);
	if (statvfs(r->output.ctf, &fs)) {
		atls_warn("%s: has vanished: the recording ends", r->output.dir);
		r->meta.vanished = true;
		atls_finish_early(r, "vanished");
		return;
	}
	if ((int64_t)(fs.f_blocks * fs.f_frsize) / RESERVE_SHARE < reserve)
		reserve = fs.f_blocks * fs.f_frsize / RESERVE_SHARE;
	if (!r->daemon.disk_full && !r->plan.relay[0] &&
	    (int64_t)(fs.f_bavail * fs.f_frsize) < reserve) {
		atls_warn("%s: the disk is nearly full: the recording ends, so that it can be read",
			  r->output.dir);
		r->meta.disk_low = true;
		atls_finish_early(r, "disk");
	}
}

static void check_clock(struct recorder *r)
{
	const struct atls_record_options *o = r->options;
	int64_t start = r->meta.start.monotonic;

	if (!r->begun && atls_clock_now() >= start + o->delay_ns) {
		if (atls_control_begin(&r->control))
			atls_finish_early(r, "daemon");
		r->begun = atls_clock_now();
	}
	if (!r->stopped && o->duration_ns && r->begun &&
	    atls_clock_now() >= r->begun + o->duration_ns)
		atls_finish_early(r, "duration");
}

void atls_limits_check(struct recorder *r)
{
	if (!r->stopped)
		check_clock(r);
	if (!r->stopped)
		check_disk(r);
	if (!r->stopped)
		check_size(r);
}
