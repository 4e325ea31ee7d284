/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bridged server that dies of SIGSEGV dies of it as it does bare, and is told if a job's stack
 * was too small.
 */
// MODE bridge
// ENGINE workers=1
// EVENTS engine_submit>=1
#include <sys/resource.h>
#include <sys/wait.h>

#include "deep.h"

static void overflow(void)
{
	CHECK(deep_use(1 << 30));
}

static volatile char *volatile nowhere;

static void fault(void)
{
	*nowhere = 0;
}

static void send_itself(void)
{
	raise(SIGSEGV);
}

static void note_own(int signo)
{
	CHECK(write(STDOUT_FILENO, "own handler\n", 12) == 12);
	_exit(3);
}

static void fault_handled(void)
{
	signal(SIGSEGV, note_own);
	fault();
}

static void overflow_handled(void)
{
	static char alternate[65536];
	stack_t stack = { .ss_sp = alternate, .ss_size = sizeof(alternate) };
	struct sigaction own = { .sa_handler = note_own, .sa_flags = SA_ONSTACK };

	CHECK(!sigaltstack(&stack, NULL) && !sigaction(SIGSEGV, &own, NULL));
	overflow();
}

static void nothing(void)
{
}

/* What a child does in its server's callback, by the child's argument. */
static const struct deed {
	const char *name;
	void (*act)(void);
} deeds[] = {
	{ "overflow", overflow },
	{ "fault", fault },
	{ "signal", send_itself },
	{ "fault, own handler", fault_handled },
	{ "overflow, own handler", overflow_handled },
	{ "nothing", nothing },
};

static int at_server_name(SSL *ssl, int *alert, void *deed)
{
	((const struct deed *)deed)->act();
	return SSL_TLSEXT_ERR_OK;
}

static void serve(const struct deed *deed)
{
	SSL_CTX *server_ctx = server_context(EVP_RSA_gen(2048));
	SSL_CTX *client_ctx = SSL_CTX_new(TLS_client_method());

	SSL_CTX_set_tlsext_servername_callback(server_ctx, at_server_name);
	SSL_CTX_set_tlsext_servername_arg(server_ctx, (void *)deed);
	printf("%d handshakes\n", deep_serve(server_ctx, client_ctx));
	SSL_CTX_free(client_ctx);
	SSL_CTX_free(server_ctx);
}

/* Serve in a process whose stderr comes here. Returns whether that speaks of a job's stack. */
static bool speaks(const char *number, int *status)
{
	char said[4096] = "";
	size_t n = 0;
	ssize_t more;
	int ends[2];
	pid_t child;

	CHECK(!pipe(ends) && !fflush(stdout));
	child = fork();
	if (!child) {
		dup2(ends[1], STDERR_FILENO);
		execl("/proc/self/exe", "s-overflow", number, NULL);
		_exit(127);
	}
	close(ends[1]);
	while (n < sizeof(said) - 1 && (more = read(ends[0], said + n, sizeof(said) - 1 - n)) > 0)
		n += more;
	close(ends[0]);
	CHECK(child > 0 && waitpid(child, status, 0) == child);
	return strstr(said, "of a job's stack");
}

/* The mode is bridge, and no sanitizer deals with the signal. */
static bool is_told(void)
{
	struct sigaction now;

	CHECK(!sigaction(SIGSEGV, NULL, &now));
	return getenv("ASYNCTLS_MODE") && now.sa_handler == SIG_DFL;
}

int main(int argc, char **argv)
{
	char number[] = "0";
	int status;

	if (argc > 1) {
		serve(&deeds[atoi(argv[1])]);
		return 0;
	}
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	for (; deeds[*number - '0'].act != nothing; ++*number) {
		CHECK(speaks(number, &status) == (*number == '0' && is_told()));
		printf("%s: signal %d, status %d\n", deeds[*number - '0'].name,
		       WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		       WIFEXITED(status) ? WEXITSTATUS(status) : 0);
	}
	serve(&deeds[*number - '0']);
	return 0;
}
