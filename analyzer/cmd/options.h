/* SPDX-License-Identifier: Apache-2.0 */
/* Options that several commands have: entries of their tables, given where the values go. */
#pragma once

#include "base/args.h"
#include "base/paths.h"
#include "record/options.h"
#include "record/session-paths.h"
#include "report/filter.h"

/* clang-format off */

#define ATLS_OPTION_INPUT(to) \
	{ "input", 'i', "DIR|FILE", "recording or database [" ATLS_DATA_DEFAULT "]", .text = (to) }
#define ATLS_OPTION_JSON(to) \
	{ "json", .help = "as JSON; times in ns", .flag = (to) }
#define ATLS_OPTION_CSV(to) \
	{ "csv", .help = "as CSV, with a line of names; times in ns", .flag = (to) }
#define ATLS_OPTION_STRICT(to) \
	{ "strict", .help = "exit with 5 if anything is missing from the recording", .flag = (to) }
#define ATLS_OPTION_SESSION(to) \
	{ "session", 0, "NAME", \
	  "servers of one name are recorded together [" ATLS_SESSION_DEFAULT "]", .text = (to) }

/* f: a struct atls_filter. --conn, which can be more than a filter, is apart. */
#define ATLS_OPTIONS_FILTER(f) \
	{ "time", 0, "FROM,TO", \
	  "jobs and connections that begin then: 1.5s,2s from the first event, or\n" \
	  "10%,20% of the recording; either may be left out", .text = &(f)->time }, \
	{ "pid", 0, "PID,...", "only those of these processes", .text = &(f)->pid }, \
	{ "tid", 0, "TID,...", "only jobs of these threads", .text = &(f)->tid }, \
	{ "op", 0, "OP,...", "only jobs with these operations, such as read,write", .text = &(f)->op }, \
	{ "outcome", 0, "WORD,...", "only jobs with these outcomes", .text = &(f)->outcome }, \
	{ "min", 0, "TIME", "only jobs (or handshakes) that took at least so long", \
	  .duration = &(f)->min }, \
	{ "max", 0, "TIME", "only jobs (or handshakes) that took at most so long", \
	  .duration = &(f)->max }
#define ATLS_OPTION_CONN(f) \
	{ "conn", 0, "ID,...", "only those of these connections", .text = &(f)->conn }

/* o: a struct atls_shim_options */
#define ATLS_OPTIONS_SHIM(o) \
	{ "mode", 0, "observe|engine|bridge", \
	  "observe  trace, change nothing (default)\n" \
	  "engine   also offload private-key operations to the built-in engine\n" \
	  "bridge   also make a program that knows nothing of async use it", .text = &(o)->mode }, \
	{ "engine", 0, "SPEC", \
	  "the built-in engine (" ATLS_ENGINE_DEFAULT "); in modes engine and bridge", \
	  .text = &(o)->engine }, \
	{ "bridge", 0, "WORD,...", \
	  "server, client or both: whose handshakes are bridged, if not the server's\n" \
	  "force: also of programs that are not known good", .text = &(o)->bridge }, \
	{ "bridge-only", 0, "NAME,...", \
	  "bridge these programs and no others, known good or not", .text = &(o)->bridge_only }

/* o: a struct atls_record_options */
#define ATLS_OPTIONS_RECORDING(o) \
	{ "output", 'o', "DIR", \
	  "where the recording goes (" ATLS_DATA_DEFAULT "); an earlier one there\n" \
	  "is kept as DIR.old", .text = &(o)->dir }, \
	{ "events", 0, "GROUPS", "of job, ssl, engine, loop (default: all)", \
	  .take = atls_take_events, .to = (o), .wanted = "a list of job, ssl, engine, loop" }, \
	{ "addresses", .help = "record the peers' addresses, too", .flag = &(o)->addresses }, \
	{ "delay", 0, "TIME", "begin so much later", .duration = &(o)->delay_ns }, \
	{ "duration", 0, "TIME", "end after so much time", .duration = &(o)->duration_ns }, \
	{ "max-size", 0, "SIZE", \
	  "end when so much is written; with --rotate: drop the oldest chunks", \
	  .size = &(o)->max_size }, \
	{ "rotate", 0, "SIZE|TIME", "a new chunk, complete in itself, each time", \
	  .take = atls_take_rotate, .to = (o), \
	  .wanted = "a size such as 64M, or a duration such as 10s" }, \
	{ "ring", 0, "[SIZE]", \
	  "keep the latest events in memory only (SIZE for each processor and\n" \
	  "user); they are written by 'asynctls snapshot', a trigger, or at the end", \
	  .flag = &(o)->ring, .size = &(o)->buffer }, \
	{ "trigger", 0, "'job>TIME'", \
	  "with --ring: write them shortly after a job that took longer", \
	  .take = atls_take_trigger, .to = (o), .wanted = "of the form 'job>5ms'" }, \
	{ "buffer", 0, "SIZE", \
	  "of the buffers, for each processor and user (8M, less on large machines)", \
	  .size = &(o)->buffer }, \
	{ "relay", 0, "HOST[:PORT]", "send the trace to the lttng-relayd of another host", \
	  .take = atls_take_relay, .to = (o), .wanted = "HOST or HOST:PORT" }, \
	ATLS_OPTION_STRICT(&(o)->strict), \
	{ "dry-run", .help = "print what would be done, and do nothing", .flag = &(o)->dry_run }
#define ATLS_NOTE_RECORDING \
	"TIME is a number with ns, us, ms, s, m or h; SIZE a number and k, M or G."

/* clang-format on */
