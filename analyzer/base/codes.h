/* SPDX-License-Identifier: Apache-2.0 */
/* Codes that the analysis adds to those of the catalogue: phases, outcomes, evidence. */
#pragma once

#include <stdint.h>

#include "trace.h"

/* An optional number that is not known; becomes NULL in the database. */
#define ATLS_NULL INT64_MIN

enum atls_phase {
	ATLS_PHASE_BUSY,    /* the fibre runs */
	ATLS_PHASE_OFFLOAD, /* paused, the operation is not done */
	ATLS_PHASE_NOTIFY,  /* done, the event loop does not know */
	ATLS_PHASE_REQUEUE, /* the event loop knows, the job is not resumed */
	ATLS_NPHASES,
};

enum atls_outcome {
	ATLS_OUTCOME_FINISHED,
	ATLS_OUTCOME_ERROR,
	ATLS_OUTCOME_NO_JOBS,
	ATLS_OUTCOME_UNFINISHED, /* the trace ended first */
	ATLS_OUTCOME_UNKNOWN,	 /* events of it are or may be missing */
};

/* What the phases of a job rest on: bits, or-ed over its waits. */
enum atls_evidence {
	ATLS_EVIDENCE_DONE = 1 << 0,	 /* the engine said done */
	ATLS_EVIDENCE_WAKE = 1 << 1,	 /* a write to the wait fd stood for done */
	ATLS_EVIDENCE_CALLBACK = 1 << 2, /* the callback stood for done, or told the loop */
	ATLS_EVIDENCE_READY = 1 << 3,	 /* the wait fd was reported ready */
	ATLS_EVIDENCE_TURN = 1 << 4,	 /* the return of the loop's wait stood for "told" */
	ATLS_EVIDENCE_UNTOLD = 1 << 5,	 /* nothing told the loop: notify holds requeue too */
	ATLS_EVIDENCE_MERGED = 1 << 6,	 /* nothing was seen of a wait: offload holds all of it */
	ATLS_EVIDENCE_SPURIOUS = 1 << 7, /* resumed although its operation was not done */
	ATLS_EVIDENCE_NO_START = 1 << 8, /* the start was not seen */
	ATLS_EVIDENCE_LOST = 1 << 9,	 /* events were lost while it was open */
	ATLS_EVIDENCE_GAP = 1 << 10,	 /* its events contradict each other: some are missing */
};

/* What is measured, in the tables measure, hist and heat. */
enum atls_metric {
	ATLS_METRIC_WALL, /* of a job, as are the phases */
	ATLS_METRIC_BUSY,
	ATLS_METRIC_OFFLOAD,
	ATLS_METRIC_NOTIFY,
	ATLS_METRIC_REQUEUE,
	ATLS_METRIC_QUEUE,     /* of an engine operation */
	ATLS_METRIC_SERVICE,   /* likewise */
	ATLS_METRIC_HANDSHAKE, /* of a connection */
	ATLS_METRIC_TURN,      /* of a thread's event loop */
};

/* Of a finding. */
enum atls_severity { ATLS_SEVERITY_NOTE, ATLS_SEVERITY_WARNING, ATLS_SEVERITY_ERROR };
enum atls_certainty { ATLS_CERTAINTY_POSSIBLE, ATLS_CERTAINTY_LIKELY, ATLS_CERTAINTY_CERTAIN };

/* Enumerations in the manner of atls_enums; also wire numbers of versions and cipher suites. */
extern const struct atls_enum_desc atls_codes[];
extern const size_t atls_ncodes;
