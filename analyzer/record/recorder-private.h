/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the recorder share. */
#pragma once

#include <limits.h>
#include <signal.h>

#include "record/census.h"
#include "record/child.h"
#include "record/control.h"
#include "record/meta.h"
#include "record/options.h"
#include "record/output.h"
#include "record/remote.h"
#include "record/target.h"

struct recorder {
	const struct atls_record_options *options;
	bool has_command; /* else servers that run already are recorded */
	char shim[PATH_MAX];
	struct atls_target target;
	struct atls_place place; /* if there is no command */
	struct atls_sessiond daemon;
	struct atls_home home;
	struct atls_control control;
	struct atls_output output;
	struct atls_session_plan plan;
	struct atls_child child;
	int pid_fd; /* of options->pid, else -1 */
	int remote; /* socket for orders, else -1 */
	int log;    /* in the background: memory file that takes the place of stderr, else -1 */
	off_t log_shown; /* how much of it was handed to somebody */
	bool detached;	 /* in the background, with nobody waiting any more */
	struct atls_census census;
	struct atls_state state;
	struct atls_seen seen;
	struct atls_meta meta;
	sigset_t inherited; /* the signal mask that the command gets back */
	int signals;	    /* signalfd */
	int64_t begun; /* CLOCK_MONOTONIC, when recording began; 0: it has not, being delayed */
	bool stopped;  /* the recording is over, whatever still runs */
	bool on_terminal;
	int status; /* what the program returns */
};

int64_t atls_recorder_now(void);
void atls_recorder_nap(int ms);
/* A signal that came before the command runs: then it had better not be started. */
bool atls_recorder_interrupted(struct recorder *r);

/* servers.c, where there is no command: which place they belong to; 0 or an exit status, worded. */
int atls_recorder_find_servers(struct recorder *r);
/* Wait for them to register. Returns 0, or an exit status with a message. */
int atls_recorder_begin_servers(struct recorder *r);

/*
 * background.c: split the program in two. Returns the pipe to tell the caller through; the caller exits
 * here. What is said goes to a memory file, for the caller and then for 'asynctls stop': no pipe or
 * terminal of the caller's may be held by what runs on.
 */
int atls_recorder_go_to_background(struct recorder *r);
/* The recording has begun: nobody waits any more. */
void atls_recorder_detach(struct recorder *r, int teller);
/* It has not, and this is the caller's exit status. */
void atls_recorder_tell_caller(struct recorder *r, int teller, int status);

/*
 * finish.c: end the recording; verify it, sum it up, write meta.json. Sets r->stopped and r->status.
 * The command may still run.
 */
void atls_recorder_finish(struct recorder *r);
/* When that has ended, later than the recording: its exit status. */
void atls_recorder_settle(struct recorder *r);

/* watch.c: until the recording is over, and the command, too. */
void atls_recorder_watch(struct recorder *r);

/* Copy what was said in the background, from an offset on, to a file. Returns the new offset. */
off_t atls_recorder_hand_words(const struct recorder *r, int to, off_t from);

/* plan.c: what --dry-run prints. */
void atls_recorder_print_plan(const struct recorder *r);
/* The variables that a command is started with, but for those that lead to the session daemon. */
#define ATLS_SHIM_ENV 5
int atls_shim_environment(const struct atls_record_options *o, struct atls_variable *env);
