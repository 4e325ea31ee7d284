/* SPDX-License-Identifier: Apache-2.0 */
/* Doctor: a program that is to be run. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/doctor/doctor.h"
#include "record/target.h"
#include "spec/bridge-rule.h"

/*
 * The version text, "OpenSSL 3.0.2 ...", of an OpenSSL that is linked into the file itself; or "".
 */
static void find_builtin(const char *path, char *version, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const char *at, *end;
	struct stat st;
	char *file;

	version[0] = '\0';
	if (fd < 0 || fstat(fd, &st) || !st.st_size) {
		if (fd >= 0)
			close(fd);
		return;
	}
	file = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (file == MAP_FAILED)
		return;
	end = file + st.st_size;
	for (at = file; (at = memmem(at, end - at, "OpenSSL ", 8)) && end - at > 40; at += 8)
		if (at[8] >= '0' && at[8] <= '9' && at[9] == '.' && at[10] >= '0' &&
		    at[10] <= '9') {
			snprintf(version, size, "%.*s", (int)strcspn(at + 8, " ") + 8, at);
			break;
		}
	munmap(file, st.st_size);
}

static void judge_unlinked(struct atls_diagnosis *d, const struct atls_target *t)
{
	char version[64];

	find_builtin(t->path, version, sizeof(version));
	if (*version)
		atls_diagnose(
			d, ATLS_BROKEN, "linkage",
			"has an OpenSSL of its own linked in (%s), whose calls cannot be seen",
			version);
	else if (t->linkage == ATLS_LINKED_NO_SSL && *t->libcrypto)
		atls_diagnose(
			d, ATLS_FINE, "linkage",
			"linked to libcrypto but not libssl: async jobs are seen, TLS only if it loads libssl");
	else if (t->linkage == ATLS_LINKED_NO_SSL)
		atls_diagnose(
			d, ATLS_DOUBTFUL, "linkage",
			"not linked to OpenSSL: traced as soon as it loads it, and what it starts");
	else
		atls_diagnose(
			d, ATLS_DOUBTFUL, "linkage",
			"a script, or not readable: what it runs can be traced if that uses OpenSSL");
}

static void judge_linkage(struct atls_diagnosis *d, const struct atls_target *t)
{
	switch (t->linkage) {
	case ATLS_LINKED_STATIC:
		atls_diagnose(d, ATLS_BROKEN, "linkage",
			      "statically linked: nothing can be preloaded into it");
		break;
	case ATLS_LINKED_FOREIGN:
		atls_diagnose(d, ATLS_BROKEN, "linkage",
			      "for another machine or word size than the shim");
		break;
	case ATLS_LINKED_SSL:
		atls_diagnose(d, ATLS_FINE, "linkage", "dynamically linked to libssl");
		break;
	default:
		judge_unlinked(d, t);
	}
}

/* What --mode=bridge does with it, by default. */
static void judge_bridge(struct atls_diagnosis *d, const struct atls_target *t)
{
	static const struct atls_bridge_wish wish;
	char *real = realpath(t->path, NULL);
	const char *name = strrchr(t->path, '/'), *file = real ? strrchr(real, '/') : NULL;

	name = name ? name + 1 : t->path;
	file = file ? file + 1 : name;
	switch (atls_bridge_rule(&wish, name, file)) {
	case ATLS_BRIDGE_RULE_KNOWN_GOOD:
		atls_diagnose(d, ATLS_FINE, "bridge", "--mode=bridge bridges it: it is known good");
		break;
	case ATLS_BRIDGE_RULE_KNOWN_BAD:
		atls_diagnose(d, ATLS_FINE, "bridge", "--mode=bridge only observes it, as it %s",
			      atls_bridge_flaw(atls_bridge_flaw(name) ? name : file));
		break;
	default:
		atls_diagnose(d, ATLS_FINE, "bridge",
			      "--mode=bridge only observes it, as it is not known good; "
			      "--bridge-only=%s bridges it",
			      name);
	}
	free(real);
}

int atls_doctor_program(struct atls_diagnosis *d, const char *name)
{
	struct atls_target t;
	int err = atls_target_init(&t, name);

	if (err)
		return err;
	atls_diagnose(d, ATLS_FINE, "program", "%s", t.path);
	judge_linkage(d, &t);
	if (t.privileged)
		atls_diagnose(
			d, ATLS_BROKEN, "rights",
			"gains rights when run (setuid, setgid or capabilities), which forbids preloading");
	judge_bridge(d, &t);
	if (*t.libcrypto)
		atls_doctor_library(d, t.libssl, t.libcrypto);
	return 0;
}
