/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of 'asynctls stop', 'snapshot' and 'status', as a recorder serves them. */
#include "record/requests.h"

#include <stdio.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/log.h"
#include "record/background.h"
#include "record/directory.h"
#include "record/finish.h"

static void fill_reply(struct recorder *r, struct atls_reply *a)
{
	*a = (struct atls_reply){
		.recorder = getpid(),
		.started_ns = r->meta.start.realtime,
		.bytes = atls_directory_size(r->output.ctf),
		.ring = r->options->ring,
		.delayed = !r->begun,
		.disk_full = r->daemon.disk_full,
	};
	snprintf(a->dir, sizeof(a->dir), "%s", r->output.dir);
	a->state = r->state;
}

/* Messages of a recorder that ends go to the command that asked for it. */
static int carry_out(struct recorder *r, const struct atls_request *request, int error_fd)
{
	switch (request->kind) {
	case ATLS_REQUEST_STOP:
		if (r->log >= 0)
			dup2(error_fd, STDERR_FILENO);
		else
			atls_info("ended by 'asynctls stop'");
		atls_finish_early(r, "stop");
		/* The control process has written to the memory file until now. */
		atls_background_copy_log(r, error_fd, r->log_shown);
		return r->status;
	case ATLS_REQUEST_SNAPSHOT:
		if (!r->options->ring || atls_control_snapshot(&r->control, request->name))
			return ATLS_EXIT_ENVIRONMENT;
		break;
	case ATLS_REQUEST_STATUS:
		break;
	}
	return atls_control_state(&r->control, &r->state) ? ATLS_EXIT_ENVIRONMENT : 0;
}

void atls_requests_serve(struct recorder *r)
{
	struct atls_request request;
	struct atls_reply reply;
	int error_fd, connection = atls_recorder_socket_accept(r->socket, &request, &error_fd),
		      status;

	if (connection < 0)
		return;
	r->log_shown = atls_background_copy_log(r, error_fd, r->log_shown);
	status = carry_out(r, &request, error_fd);
	fill_reply(r, &reply);
	reply.status = status;
	atls_recorder_socket_reply(connection, &reply);
	close(connection);
	close(error_fd);
}
