/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a diagnosis. */
#include <stdarg.h>
#include <stdio.h>

#include "record/doctor/doctor.h"

void atls_diagnose(struct atls_diagnosis *d, enum atls_health health, const char *name,
		   const char *format, ...)
{
	struct atls_check *check = &d->checks[d->n];
	va_list args;

	if (d->n == ATLS_CHECKS)
		return;
	d->n++;
	check->health = health;
	snprintf(check->name, sizeof(check->name), "%s", name);
	va_start(args, format);
	vsnprintf(check->text, sizeof(check->text), format, args);
	va_end(args);
}
