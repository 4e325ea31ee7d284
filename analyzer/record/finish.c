/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a recording: verified, summed up, written to meta.json. */
#include "record/finish.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/exit.h"
#include "base/log.h"
#include "record/trace-repair.h"

/* --- ending it ------------------------------------------------------------ */

static void repair(struct recorder *r)
{
	int64_t cut = atls_trace_repair(r->output.ctf);

	r->meta.cut_bytes = cut > 0 ? cut : 0;
	if (cut > 0)
		atls_warn("%s: %" PRId64 " bytes of incomplete packets were cut off", r->output.ctf,
			  cut);
	else if (cut < 0)
		atls_warn("%s: cannot be repaired: %s", r->output.ctf, strerror(-cut));
}

/* The name of a ring's last snapshot. NULL with a trigger: only slow jobs are wanted. */
static const char *last_snapshot(const struct recorder *r)
{
	return r->options->ring && !r->options->trigger_ns ? "last" : NULL;
}

static void stop(struct recorder *r)
{
	struct atls_state last;
	int err;

	r->stopped = true;
	r->meta.stop = atls_moment_now();
	err = atls_control_stop(&r->control, last_snapshot(r), &last);
	last.nprocesses = r->state.nprocesses;
	memcpy(last.processes, r->state.processes, sizeof(last.processes));
	r->state = last;
	atls_control_finish(&r->control);
	atls_lttng_home_announce(&r->home, false);
	atls_process_log_read(&r->process_log, r->home.process_log_fd);
	if (!r->home.permanent && r->child.all_ended)
		atls_lttng_home_remove(&r->home);
	atls_sessiond_watch(&r->daemon, true);
	r->meta.disk_full = r->daemon.disk_full;
	r->meta.damaged = err != 0 || r->daemon.disk_full;
	if (r->meta.vanished)
		return;
	atls_output_finish(&r->output);
	if (r->meta.damaged)
		repair(r);
}

/* --- what is missing ------------------------------------------------------- */

/* The trace counts what it lost as well, stretch by stretch; it may not know of lost ends. */
static void check_loss(struct recorder *r)
{
	struct atls_loss *loss = &r->state.loss;

	if (r->trace.lost > loss->events)
		loss->events = r->trace.lost;
	if (r->meta.disk_full)
		atls_warn("the disk was full: what came after that moment is missing, uncounted");
	if (loss->packets)
		atls_warn("%" PRIu64 " whole packets of events were lost", loss->packets);
	atls_process_log_report(&r->process_log);
	if (r->process_log.others)
		atls_warn(
			"%zu process%s used another OpenSSL besides, whose calls are not recorded",
			r->process_log.others, r->process_log.others == 1 ? "" : "es");
	if (r->meta.dropped_chunks)
		atls_info("%u older chunk%s dropped to stay within --max-size",
			  r->meta.dropped_chunks, r->meta.dropped_chunks == 1 ? " was" : "s were");
}

/* One clause about the command: why there are no events of its processes. */
static const char *why_nothing(const struct recorder *r)
{
	const char *obstacle = atls_target_obstacle(&r->target);

	if (r->process_log.unreached)
		return "used OpenSSL, but none of its processes reached the session daemon";
	if (r->process_log.tls)
		return "uses libssl and was traced, but made no TLS call";
	if (obstacle)
		return obstacle;
	if (r->home.process_log_fd >= 0 && !r->process_log.n)
		return "did not load the shim: is its environment cleared, or does it forbid preloading?";
	if (r->target.linkage == ATLS_LINKED_SSL)
		return "is linked to libssl, but no process used it";
	return "started no process that used libssl";
}

static void explain_nothing(const struct recorder *r)
{
	if (r->meta.damaged)
		atls_warn("nothing of it can be read back, as recording was cut short");
	else if (!r->begun)
		atls_warn("nothing was recorded: it ended before --delay had passed");
	else if (r->options->ring && !r->state.snapshots)
		atls_warn("nothing was recorded: no %s",
			  r->options->trigger_ns ? "job was slow enough" : "snapshot was taken");
	else if (r->has_command)
		atls_warn("nothing was recorded: %s %s", r->options->command[0], why_nothing(r));
	else if (r->state.nprocesses)
		atls_warn("nothing was recorded: %d process%s registered, but made no TLS call",
			  r->state.nprocesses, r->state.nprocesses == 1 ? "" : "es");
	else
		atls_warn("nothing was recorded: no process registered at %s; see 'asynctls env'",
			  r->paths.home);
}

/* What is missing besides the events that the tracer has counted, or NULL. */
static const char *what_is_missing(const struct recorder *r)
{
	const struct atls_meta *m = &r->meta;

	if (m->vanished)
		return "its directory was removed while it was recorded";
	if (m->disk_full)
		return "the disk was full, and what came after that is missing, uncounted";
	if (m->disk_low)
		return "it ended early, as the disk was nearly full";
	if (m->damaged)
		return "the session daemon failed while it was recorded";
	if (r->process_log.unreached)
		return "some processes used OpenSSL, but could not reach the session daemon";
	if (!r->plan.relay[0] && !r->trace.events)
		return "nothing was recorded";
	return NULL;
}

static bool intact(const struct recorder *r)
{
	return !r->meta.incomplete && !r->state.loss.events && !r->state.loss.packets;
}

/* --- the end --------------------------------------------------------------- */

static void summarize(const struct recorder *r)
{
	const struct atls_meta *m = &r->meta;
	double seconds = (m->stop.monotonic - m->start.monotonic) / 1e9;

	if (r->plan.relay[0])
		atls_info("recorded %d process%s for lttng-relayd of %s in %.*f s (%" PRIu64
			  " events lost; what it received is not verified here)",
			  r->state.nprocesses, r->state.nprocesses == 1 ? "" : "es", r->plan.relay,
			  seconds < 10 ? 2 : 0, seconds, r->state.loss.events);
	else
		atls_info("recorded %s%" PRIu64 " event%s (%" PRIu64
			  " lost) of %zu process%s into %s in %.*f s",
			  r->trace.complete ? "" : "at least ", r->trace.events,
			  r->trace.events == 1 ? "" : "s", r->state.loss.events,
			  r->trace.nprocesses, r->trace.nprocesses == 1 ? "" : "es",
			  r->options->dir, seconds < 10 ? 2 : 0, seconds);
	if (r->options->ring && r->state.snapshots)
		atls_info("%u snapshot%s of the ring", r->state.snapshots,
			  r->state.snapshots == 1 ? "" : "s");
}

static int command_status(const struct recorder *r)
{
	if (!r->has_command)
		return 0;
	if (!r->child.ended)
		return r->meta.nsignals ? 128 + r->meta.signals[r->meta.nsignals - 1] : 0;
	return atls_child_exit_status(&r->child);
}

static void set_status(struct recorder *r)
{
	r->meta.exit_known = r->child.ended;
	r->meta.exit_status = r->status = command_status(r);
	if (r->options->strict && !r->meta.intact)
		r->status = ATLS_EXIT_INCOMPLETE;
}

void atls_finish_recording(struct recorder *r, const char *ended_by)
{
	int verified = -ENOENT;

	r->meta.ended_by = ended_by;
	/* Before stopping, which forgets the registered processes. */
	if (!r->has_command)
		atls_control_state(&r->control, &r->state);
	stop(r);
	if (!r->plan.relay[0] && !r->meta.vanished)
		verified = atls_trace_summarize(r->output.ctf, &r->trace);
	if (verified && verified != -ENOENT)
		r->meta.damaged = true;
	check_loss(r);
	r->meta.incomplete = what_is_missing(r);
	r->meta.intact = intact(r);
	set_status(r);
	r->meta.complete = true;
	if (!r->meta.vanished)
		atls_meta_write(&r->meta, r->output.dir);
	summarize(r);
	if (!r->trace.events && !r->plan.relay[0] && !r->meta.vanished)
		explain_nothing(r);
	if (r->trace.events && r->options->analyze && r->options->analysis(r->output.dir))
		atls_error("record: the recording is there, but could not be analyzed");
}

void atls_finish_early(struct recorder *r, const char *ended_by)
{
	atls_finish_recording(r, ended_by);
	if (r->has_command && !r->child.all_ended)
		atls_info("%s goes on; this waits for it", r->options->command[0]);
}

void atls_finish_command(struct recorder *r)
{
	set_status(r);
	if (!r->meta.vanished)
		atls_meta_write(&r->meta, r->output.dir);
}
