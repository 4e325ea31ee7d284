/* SPDX-License-Identifier: Apache-2.0 */
/* Stacks for jobs. */
#include "base/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/status.h"

#define KIB ((size_t)1024)
#define LEAST (256 * KIB)
#define USUAL (8192 * KIB) /* of a thread whose stack has no limit */
#define MOST (65536 * KIB)
/* No frame that is likely to be met leaps over as much without touching it. */
#define GUARD (64 * KIB)
/* What stays in memory of a stack that is kept, and how many a thread keeps. */
#define WARM (64 * KIB)
#define KEPT 16

static pthread_key_t thread_key;
/* Every stack is to have the least, as each byte of its size is counted whether used or not. */
static bool addresses_cost;

static __thread struct {
	struct atls_stack *kept;
	unsigned int nkept;
	size_t size; /* of this thread's stacks; 0 until the first */
} own;

static char *top_of(const struct atls_stack *s)
{
	return s->low + GUARD + s->size;
}

bool atls_stack_guards(const struct atls_stack *s, const void *address)
{
	return (char *)address >= s->low && (char *)address < s->low + GUARD;
}

static void unmap(struct atls_stack *s)
{
	munmap(s->low, GUARD + s->size);
}

static void at_thread_end(void *unused)
{
	struct atls_stack *next;

	for (struct atls_stack *s = own.kept; s; s = next) {
		next = s->next;
		unmap(s);
	}
	own.kept = NULL;
	own.nkept = 0;
	own.size = 0;
}

/* Whether the system counts memory when it is promised rather than when it is used. */
static bool commits_strictly(void)
{
	int fd = syscall(SYS_openat, AT_FDCWD, "/proc/sys/vm/overcommit_memory",
			 O_RDONLY | O_CLOEXEC);
	char policy = '2';

	if (fd < 0)
		return true;
	if (syscall(SYS_read, fd, &policy, 1) != 1)
		policy = '2';
	syscall(SYS_close, fd);
	return policy == '2';
}

void atls_stack_init(void)
{
	int saved = errno;
	struct rlimit limit;

	addresses_cost = sizeof(void *) < 8 || getrlimit(RLIMIT_AS, &limit) ||
			 limit.rlim_cur != RLIM_INFINITY || commits_strictly();
	pthread_key_create(&thread_key, at_thread_end);
	errno = saved;
}

static size_t limit_of_main_stack(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur == RLIM_INFINITY ? USUAL
										  : limit.rlim_cur;
}

static size_t size_of_thread_stack(void)
{
	pthread_attr_t attr;
	size_t size = 0;

	if (syscall(SYS_gettid) == getpid())
		return limit_of_main_stack();
	if (pthread_getattr_np(pthread_self(), &attr))
		return 0;
	pthread_attr_getstacksize(&attr, &size);
	pthread_attr_destroy(&attr);
	return size;
}

static void prepare_thread(void)
{
	size_t size = addresses_cost ? 0 : size_of_thread_stack();

	size = size < LEAST ? LEAST : size > MOST ? MOST : size;
	own.size = (size + WARM - 1) / WARM * WARM;
	pthread_setspecific(thread_key, &own); /* any value, for at_thread_end to run */
}

/*
 * Never locked in memory, whatever the program has asked for all of its own: that would touch each
 * byte. Nor in huge pages, of which one would be touched at once.
 */
static struct atls_stack *map(size_t size)
{
	struct atls_stack *s;
	char *low = mmap(NULL, GUARD + size, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (low == MAP_FAILED)
		return NULL;
	munlock(low, GUARD + size);
	if (mprotect(low + GUARD, size, PROT_READ | PROT_WRITE)) {
		munmap(low, GUARD + size);
		return NULL;
	}
	madvise(low + GUARD, size, MADV_NOHUGEPAGE);
	s = (struct atls_stack *)(low + GUARD + size) - 1;
	s->low = low;
	s->size = size;
	return s;
}

/* Of those that are kept, else a new one. */
static struct atls_stack *take(void)
{
	struct atls_stack *s = own.kept;

	if (s) {
		own.kept = s->next;
		own.nkept--;
		return s;
	}
	if (!own.size)
		prepare_thread();
	s = map(own.size);
	return s || own.size == LEAST ? s : map(LEAST);
}

/*
 * Note how far down jobs have come, in this process and on this stack since it was last trimmed:
 * to the lowest page that is in memory. What is left out in between is less than a window.
 */
static void measure(const struct atls_stack *s)
{
	enum { WINDOW = 64 * 1024, SMALLEST_PAGE = 4096 };
	unsigned char resident[WINDOW / SMALLEST_PAGE];
	size_t page = sysconf(_SC_PAGESIZE), n = WINDOW / page, i;
	size_t deepest = __atomic_load_n(&asynctls_shim_status.stack_used, __ATOMIC_RELAXED);

	for (; deepest + WINDOW <= s->size; deepest += WINDOW - i * page) {
		if (mincore(top_of(s) - deepest - WINDOW, WINDOW, resident))
			return;
		for (i = 0; i < n && !(resident[i] & 1); i++)
			;
		if (i == n)
			break;
	}
	__atomic_store_n(&asynctls_shim_status.stack_used, deepest, __ATOMIC_RELAXED);
}

__attribute__((noinline)) void atls_stack_give_back(struct atls_stack *s)
{
	int saved = errno;

	measure(s);
	if (s->size != own.size || own.nkept == KEPT) {
		unmap(s);
	} else {
		if (__atomic_load_n(&asynctls_shim_status.stack_used, __ATOMIC_RELAXED) > WARM)
			madvise(s->low + GUARD, s->size - WARM, MADV_DONTNEED);
		s->next = own.kept;
		own.kept = s;
		own.nkept++;
	}
	errno = saved;
}

/*
 * Call func(arg) with the stack pointer at top. The frame pointer keeps the way back, also for
 * unwinders.
 */
int atls_switch_to(int (*func)(void *), void *arg, void *top);
#if defined(__x86_64__)
#define CAN_SWITCH 1
__asm__(".text\n"
	".globl atls_switch_to\n"
	".hidden atls_switch_to\n"
	".type atls_switch_to, @function\n"
	"atls_switch_to:\n"
	"	.cfi_startproc\n"
	"	endbr64\n"
	"	pushq %rbp\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_offset %rbp, -16\n"
	"	movq %rsp, %rbp\n"
	"	.cfi_def_cfa_register %rbp\n"
	"	movq %rdi, %rax\n"
	"	movq %rsi, %rdi\n"
	"	movq %rdx, %rsp\n"
	"	call *%rax\n"
	"	movq %rbp, %rsp\n"
	"	popq %rbp\n"
	"	.cfi_def_cfa %rsp, 8\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size atls_switch_to, . - atls_switch_to\n");
#elif defined(__aarch64__)
#define CAN_SWITCH 1
__asm__(".text\n"
	".globl atls_switch_to\n"
	".hidden atls_switch_to\n"
	".type atls_switch_to, %function\n"
	"atls_switch_to:\n"
	"	.cfi_startproc\n"
	"	hint #34\n" /* bti c */
	"	stp x29, x30, [sp, #-16]!\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_offset x29, -16\n"
	"	.cfi_offset x30, -8\n"
	"	mov x29, sp\n"
	"	.cfi_def_cfa_register x29\n"
	"	mov x9, x0\n"
	"	mov x0, x1\n"
	"	mov sp, x2\n"
	"	blr x9\n"
	"	mov sp, x29\n"
	"	.cfi_def_cfa_register sp\n"
	"	ldp x29, x30, [sp], #16\n"
	"	.cfi_restore x29\n"
	"	.cfi_restore x30\n"
	"	.cfi_def_cfa_offset 0\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size atls_switch_to, . - atls_switch_to\n");
#else
#define CAN_SWITCH 0
#define atls_switch_to(func, arg, top) func(arg)
#endif

struct atls_stack *atls_stack_take(void)
{
	int saved = errno;
	struct atls_stack *s = CAN_SWITCH ? take() : NULL;

	errno = saved;
	return s;
}

int atls_stack_call(struct atls_stack *s, int (*func)(void *), void *arg)
{
	return atls_switch_to(func, arg, (void *)((uintptr_t)s & ~(uintptr_t)63));
}
