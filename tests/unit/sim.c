/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dlfcn.h>
#include <ucontext.h>
#undef __always_inline /* glibc spells it differently */

#include "sim.h"
#include "../../kernel/string.h"

#define STACK_SIZE (256 * 1024)

#if defined(__has_feature) /* clang says it this way, gcc defines the name itself */
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
void __sanitizer_start_switch_fiber(void **save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *save, const void **bottom, size_t *size);
#else
#define __sanitizer_start_switch_fiber(save, bottom, size)                                         \
	((void)(save), (void)(bottom), (void)(size))
#define __sanitizer_finish_switch_fiber(save, bottom, size)                                        \
	((void)(save), (void)(bottom), (void)(size))
#endif

/**
 * struct sim_core - a virtual core
 * @fake: AddressSanitizer's stack of the context while it is not running
 * @nmi_left: accesses until the NMI that is to follow one; 0: none
 */
struct sim_core {
	struct cpu cpu;
	ucontext_t context;
	void *fake;
	void (*fn)(void);
	bool started, finished;
	void (*nmi)(void);
	void (*nmi_after)(void);
	u32 nmi_left, accesses;
	u8 stack[STACK_SIZE] __aligned(64);
};

static struct sim_core cores[SIM_CORES];
static struct cpu_group group;
static struct sim_core *running;
static ucontext_t scheduler;
static const void *scheduler_stack;
static size_t scheduler_stack_size;
static u64 now_ns;

/*
 * The C library's swapcontext() itself: AddressSanitizer's wrapper warns of what the calls
 * around each switch already take care of.
 */
static void switch_context(ucontext_t *from, const ucontext_t *to)
{
	static int (*swap)(ucontext_t *, const ucontext_t *);

	if (!swap) {
		void *libc = dlopen("libc.so.6", RTLD_LAZY);
		void *symbol = libc ? dlsym(libc, "swapcontext") : NULL;

		swap = symbol ? (typeof(swap))symbol : swapcontext;
	}
	swap(from, to);
}

static u64 sim_clock(const struct cpu *cpu)
{
	return now_ns;
}

u64 sim_now(void)
{
	return now_ns;
}

struct cpu *sim_cpu(u32 id)
{
	return &cores[id].cpu;
}

void sim_nmi_now(void (*fn)(void))
{
	running->cpu.nmi_depth++;
	fn();
	running->cpu.nmi_depth--;
}

static void sim_access(void)
{
	struct sim_core *c = running;

	c->accesses++;
	if (c->nmi_left && --c->nmi_left == 0)
		sim_nmi_now(c->nmi_after);
}

/* Give the others a turn; called by every wait. */
static void sim_relax(void)
{
	struct sim_core *c = running;
	void (*fn)(void);

	__sanitizer_start_switch_fiber(&c->fake, scheduler_stack, scheduler_stack_size);
	switch_context(&c->context, &scheduler);
	__sanitizer_finish_switch_fiber(c->fake, NULL, NULL);
	/* One NMI at a time, like the hardware: the next waits for the end of this one. */
	if (c->nmi && !c->cpu.nmi_depth) {
		fn = c->nmi;
		c->nmi = NULL;
		sim_nmi_now(fn);
	}
}

void sim_delay(u64 ns)
{
	u64 end = now_ns + ns;

	while (now_ns < end)
		sim_relax();
}

static void core_main(void)
{
	__sanitizer_finish_switch_fiber(NULL, &scheduler_stack, &scheduler_stack_size);
	running->fn();
	running->finished = true;
	/* NULL: this context ends here. */
	__sanitizer_start_switch_fiber(NULL, scheduler_stack, scheduler_stack_size);
	switch_context(&running->context, &scheduler);
}

void sim_begin(u32 n)
{
	now_ns = 0;
	memset(&group, 0, sizeof(group));
	group.count = n;
	for (u32 i = 0; i < n; i++) {
		struct sim_core *c = &cores[i];

		memset(c, 0, offsetof(struct sim_core, stack));
		c->cpu.id = i;
		c->cpu.group = &group;
		c->cpu.now = sim_clock;
		group.cpu[i] = &c->cpu;
	}
	running = &cores[0];
	host_cpu = &cores[0].cpu;
	host_relax = NULL;
	host_access = NULL;
}

void sim_start(u32 id, void (*fn)(void))
{
	struct sim_core *c = &cores[id];

	c->fn = fn;
	c->started = true;
	c->finished = false;
	getcontext(&c->context);
	c->context.uc_stack.ss_sp = c->stack;
	c->context.uc_stack.ss_size = STACK_SIZE;
	c->context.uc_link = NULL;
	makecontext(&c->context, core_main, 0);
}

static void run_core(struct sim_core *c)
{
	void *fake;

	running = c;
	host_cpu = &c->cpu;
	__sanitizer_start_switch_fiber(&fake, c->stack, STACK_SIZE);
	switch_context(&scheduler, &c->context);
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
}

bool sim_run(u64 limit_ns)
{
	bool busy = true;

	host_relax = sim_relax;
	host_access = sim_access;
	while (busy && now_ns < limit_ns) {
		busy = false;
		for (u32 i = 0; i < group.count; i++) {
			if (!cores[i].started || cores[i].finished)
				continue;
			run_core(&cores[i]);
			busy |= !cores[i].finished;
		}
		now_ns += SIM_ROUND_NS;
	}
	host_relax = NULL;
	host_access = NULL;
	return !busy;
}

void sim_nmi(u32 id, void (*fn)(void))
{
	cores[id].nmi = fn;
}

void sim_nmi_after_access(u32 n, void (*fn)(void))
{
	running->nmi_left = n;
	running->nmi_after = fn;
}

u32 sim_accesses(void)
{
	return running->accesses;
}
