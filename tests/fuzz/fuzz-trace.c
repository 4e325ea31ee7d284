/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer harness: any bytes as a trace, through the fast reader and the model.
 *
 * Input: 'm' and a metadata file, which is parsed and then used on a sound stream file; or 's' and a stream
 * file, which is read by sound metadata. Both sound ones come from the folder that FUZZ_TRACE names.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../tools/drop.h"
#include "read/ctf/stream.h"
#include "base/log.h"

/* Nobody reads what is said of each. */
void atls_error(const char *format, ...)
{
}

void atls_warn(const char *format, ...)
{
}

void atls_info(const char *format, ...)
{
}

static char *good[2];
static size_t good_size[2];

static void load(int i, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", getenv("FUZZ_TRACE") ? getenv("FUZZ_TRACE") : ".",
		 name);
	f = fopen(path, "re");
	if (!f)
		abort();
	good[i] = malloc(1 << 20);
	good_size[i] = fread(good[i], 1, 1 << 20, f);
	fclose(f);
}

static void complain(void *ctx, const char *path, uint64_t offset, const char *why)
{
}

static void read_stream(const struct atls_ctf_plan *plan, const void *bytes, size_t size)
{
	const struct atls_ctf_complaints complaints = { complain, NULL };
	struct atls_model *m = atls_model_create(&drop_sink, NULL);
	const struct atls_handler to = { model_event, model_lost, m };
	struct atls_ctf_stream s;
	char path[64];
	int fd = memfd_create("stream", 0);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!atls_ctf_stream_open(&s, path, plan, &complaints, 0))
		atls_ctf_stream_run(&s, INT64_MAX, &to);
	atls_ctf_stream_finish(&s);
	close(fd);
	atls_model_finish(m);
	atls_model_destroy(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool is_stream = size && *data == 's';
	struct atls_ctf_metadata m = { 0 };
	struct atls_ctf_plan plan = { 0 };
	char why[200];
	int ret;

	if (!good[0]) {
		load(0, "metadata");
		load(1, "c_0");
	}
	if (!size || (*data != 's' && *data != 'm'))
		return -1;
	if (is_stream)
		ret = atls_ctf_metadata_parse(&m, good[0], good_size[0], why, sizeof(why));
	else
		ret = atls_ctf_metadata_parse(&m, data + 1, size - 1, why, sizeof(why));
	if (!ret)
		ret = atls_ctf_plan_make(&plan, &m, "fuzz", why, sizeof(why));
	atls_ctf_metadata_finish(&m);
	if (!ret)
		read_stream(&plan, is_stream ? (const char *)data + 1 : good[1],
			    is_stream ? size - 1 : good_size[1]);
	atls_ctf_plan_finish(&plan);
	return 0;
}
