/* SPDX-License-Identifier: Apache-2.0 */
/* faults RULE [healthy]: commits the fault that the rule finds, and only that; or its healthy twin. */
#include "faults.h"

#include <string.h>

static const struct {
	const char *rule;
	fault *commit;
} faults[] = {
	{ "freed-while-paused", freed_while_paused },
	{ "completed-but-abandoned", completed_but_abandoned },
	{ "pool-exhausted", pool_exhausted },
	{ "shutdown-while-paused", shutdown_while_paused },
	{ "init-thread-twice", init_thread_twice },
	{ "thread-ends-with-jobs", thread_ends_with_jobs },
	{ "lost-wake", lost_wake },
	{ "spurious-resume", spurious_resume },
	{ "busy-loop", busy_loop },
	{ "foreign-error", foreign_error },
	{ "resume-differs", resume_differs },
	{ "cross-thread-resume", cross_thread_resume },
	{ "pause-blocked", pause_blocked },
	{ "nested-start", nested_start },
	{ "stale-deletion", stale_deletion },
	{ "fd-churn", fd_churn },
	{ "fd-closed-early", fd_closed_early },
	{ "stray-wake", stray_wake },
	{ "no-fd", no_fd },
	{ "fd-missed", fd_missed },
	{ "callback-unused", callback_unused },
	{ "callback-late", callback_late },
	{ "retry-storm", retry_storm },
	{ "loop-spin", loop_spin },
	{ "want-async-unhandled", want_async_unhandled },
	{ "not-offloaded", not_offloaded },
	{ "forked-job", forked_job },
	{ "stacked-pauses", stacked_pauses },
	{ "data-while-paused", data_while_paused },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (argc < 2)
			puts(faults[i].rule);
		else if (!strcmp(argv[1], faults[i].rule)) {
			faults[i].commit(argc > 2);
			return 0;
		}
	}
	return argc < 2 ? 0 : 2;
}
