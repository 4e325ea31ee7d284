/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of what can be traced, and why not. Each check is a line of the diagnosis. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

enum atls_health {
	ATLS_FINE,
	ATLS_DOUBTFUL, /* recording works, but perhaps not as one hopes */
	ATLS_BROKEN,   /* recording cannot work */
};

struct atls_check {
	enum atls_health health;
	char name[24];
	char text[512];
};

#define ATLS_CHECKS 32

struct atls_diagnosis {
	struct atls_check checks[ATLS_CHECKS];
	int n;
};

/* Add a check. One too many is dropped. */
void atls_diagnose(struct atls_diagnosis *d, enum atls_health health, const char *name,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* How bad the worst of the checks is. */
enum atls_health atls_diagnosis_worst(const struct atls_diagnosis *d);
/* Print it on stdout; subject is what was asked about, or NULL. */
void atls_diagnosis_print(const struct atls_diagnosis *d, const char *subject, bool json);

/* The program of that name: -ENOENT or -EACCES with a message if it cannot be run, else 0. */
int atls_doctor_program(struct atls_diagnosis *d, const char *name);
/* A running process: -ESRCH or -EACCES with a message if it cannot be inspected, else 0. */
int atls_doctor_process(struct atls_diagnosis *d, pid_t pid);
/*
 * The OpenSSL at libcrypto, with libssl beside it ("" if there is none): version, abilities,
 * linkage.
 */
void atls_doctor_library(struct atls_diagnosis *d, const char *libssl, const char *libcrypto);
/* What recording needs of this machine and installation. */
void atls_doctor_machine(struct atls_diagnosis *d);
