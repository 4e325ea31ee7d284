/* SPDX-License-Identifier: Apache-2.0 */
/* Says it when a job has used up its stack. */
#include "base/overflow.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/complain.h"
#include "base/stack.h"
#include "base/thread.h"

/* Also for a handler of the program's that comes after ours. */
#define ALTERNATE_SIZE 65536

static pthread_key_t thread_key;
static __thread void *alternate;

static void tell(const struct atls_stack *s)
{
	atls_complain("thread %ld: what the program does in the handshake of connection %u needs "
		      "more than the %zu KiB of a job's stack, and the process ends by SIGSEGV; "
		      "do not bridge this program (ASYNCTLS_BRIDGE_ONLY)",
		      syscall(SYS_gettid), atls_self.frame.conn_id, s->size / 1024);
}

/* Whatever the fault was: it happens again without us, as the system deals with it. */
static void at_fault(int signo, siginfo_t *info, void *context)
{
	const struct atls_stack *s = atls_self.frame.stack;

	if (s && info->si_code > 0 && atls_stack_guards(s, info->si_addr))
		tell(s);
	signal(signo, SIG_DFL);
	if (info->si_code <= 0) /* it was sent, so nothing repeats it */
		syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), signo, info);
}

static bool is_default(const struct sigaction *action)
{
	return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_DFL;
}

/* Without SA_RESTART nothing differs: no system call outlives this signal. */
static void install(void)
{
	struct sigaction ours = { .sa_sigaction = at_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction before;

	sigemptyset(&ours.sa_mask);
	if (sigaction(SIGSEGV, NULL, &before) || !is_default(&before))
		return;
	if (!sigaction(SIGSEGV, &ours, &before) && !is_default(&before))
		sigaction(SIGSEGV, &before, NULL); /* the program's came in between */
}

static bool is_installed(void)
{
	struct sigaction now;

	return !sigaction(SIGSEGV, NULL, &now) && now.sa_flags & SA_SIGINFO &&
	       now.sa_sigaction == at_fault;
}

/* The program may have replaced it, and it may be in use: other destructors follow. */
static void at_thread_end(void *mapped)
{
	stack_t none = { .ss_flags = SS_DISABLE }, now;

	if (!sigaltstack(NULL, &now) && now.ss_sp == mapped && sigaltstack(&none, NULL))
		return;
	munmap(mapped, ALTERNATE_SIZE);
	alternate = NULL;
}

static void give_alternate(void)
{
	stack_t stack = { .ss_size = ALTERNATE_SIZE };

	stack.ss_sp = mmap(NULL, ALTERNATE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stack.ss_sp == MAP_FAILED)
		return;
	if (sigaltstack(&stack, NULL))
		munmap(stack.ss_sp, ALTERNATE_SIZE);
	else
		alternate = stack.ss_sp;
}

static void prepare_process(void)
{
	pthread_key_create(&thread_key, at_thread_end);
	install();
}

static void prepare_thread(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	stack_t now;

	pthread_once(&once, prepare_process);
	if (is_installed() && !sigaltstack(NULL, &now) && now.ss_flags & SS_DISABLE)
		give_alternate();
	if (alternate)
		pthread_setspecific(thread_key, alternate);
}

void atls_overflow_arm(void)
{
	static __thread bool prepared;
	int saved = errno;

	if (prepared)
		return;
	prepared = true;
	prepare_thread();
	errno = saved;
}
