/* SPDX-License-Identifier: Apache-2.0 */
/* Doctor: what recording needs of this machine and installation. */
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/paths.h"
#include "record/doctor/doctor.h"
#include "record/executable.h"

/* The recorder's buffers for each user whose processes are traced: at least, and at best. */
#define SHM_LEAST (2 << 20)
#define SHM_GOOD (64 << 20)

static void judge_installation(struct atls_diagnosis *d)
{
	char path[PATH_MAX], *slash;

	if (atls_path_shim(path, sizeof(path))) {
		atls_diagnose(d, ATLS_BROKEN, "installation", "the shim is not where it should be");
		return;
	}
	slash = strrchr(path, '/');
	strcpy(slash + 1, "libasynctls-lttng.so");
	if (access(path, R_OK))
		atls_diagnose(d, ATLS_BROKEN, "installation",
			      "built without the LTTng provider: nothing can be recorded");
	else
		atls_diagnose(d, ATLS_FINE, "installation", "%s", path);
}

static void judge_daemon(struct atls_diagnosis *d)
{
	char path[PATH_MAX];

	if (atls_executable_find("lttng-sessiond", path, sizeof(path)))
		atls_diagnose(d, ATLS_BROKEN, "daemon",
			      "lttng-sessiond is not on PATH (Debian: lttng-tools)");
	else
		atls_diagnose(d, ATLS_FINE, "daemon", "%s", path);
}

static void judge_memory(struct atls_diagnosis *d)
{
	struct statvfs shm;
	unsigned long long room;

	if (statvfs("/dev/shm", &shm)) {
		atls_diagnose(d, ATLS_BROKEN, "shared-memory",
			      "there is no /dev/shm, which the buffers need");
		return;
	}
	room = (unsigned long long)shm.f_bavail * shm.f_frsize;
	atls_diagnose(d,
		      room < SHM_LEAST	? ATLS_BROKEN
		      : room < SHM_GOOD ? ATLS_DOUBTFUL
					: ATLS_FINE,
		      "shared-memory", "%llu MB free in /dev/shm%s", room >> 20,
		      room < SHM_GOOD ? ": the buffers must be small, and events may be lost" : "");
}

static void judge_limits(struct atls_diagnosis *d)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	atls_diagnose(d, files.rlim_cur < 256 ? ATLS_DOUBTFUL : ATLS_FINE, "limits",
		      "%llu open files%s", (unsigned long long)files.rlim_cur,
		      files.rlim_cur < 256
			      ? ": each paused connection takes one more, and so does the tracer"
			      : "");
}

void atls_doctor_machine(struct atls_diagnosis *d)
{
	judge_installation(d);
	judge_daemon(d);
	judge_memory(d);
	judge_limits(d);
}
