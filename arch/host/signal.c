/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupts and traps are signals. Standard ones, not real-time ones: each is latched once
 * and what comes meanwhile is lost, as NMIs are. While a handler of the scenario's sources
 * runs, the others of them wait; the supervisor's and the watchdog's get through.
 */
#include "internal.h"
#include "../../kernel/printf.h"

static const struct {
	enum host_signal signal;
	enum nmi_source source;
} interrupts[] = {
	{HOST_IPI, NMI_SRC_IPI},	   {HOST_SUPERVISOR, NMI_SRC_SUPERVISOR},
	{HOST_TIMER_A, NMI_SRC_TIMER_A},   {HOST_TIMER_B, NMI_SRC_TIMER_B},
	{HOST_WATCHDOG, NMI_SRC_WATCHDOG},
};

static bool is_supervisors(enum host_signal signal)
{
	return signal == HOST_SUPERVISOR || signal == HOST_WATCHDOG;
}

static sigset_t signal_set(bool supervisors)
{
	sigset_t set;

	sigemptyset(&set);
	for (u32 i = 0; i < ARRAY_SIZE(interrupts); i++) {
		if (supervisors || !is_supervisors(interrupts[i].signal))
			sigaddset(&set, interrupts[i].signal);
	}
	return set;
}

void signals_open(bool open)
{
	sigset_t set = signal_set(true);

	pthread_sigmask(open ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

/* Nothing of ours is blocked in what is resumed: the handlers that did so never return. */
static void open_mask(ucontext_t *uc)
{
	for (u32 i = 0; i < ARRAY_SIZE(interrupts); i++)
		sigdelset(&uc->uc_sigmask, interrupts[i].signal);
}

static enum nmi_source source_of(int signal)
{
	for (u32 i = 0; i < ARRAY_SIZE(interrupts); i++) {
		if ((int)interrupts[i].signal == signal)
			return interrupts[i].source;
	}
	return NMI_SRC_ANON;
}

static void resume(struct arch_cpu *cpu, const struct trap_frame *f, ucontext_t *uc)
{
	frame_store(f, uc);
	if (cpu->aborted)
		open_mask(uc);
	cpu->aborted = false;
}

static void on_interrupt(int signal, siginfo_t *info, void *context)
{
	struct arch_cpu *base = percpu_base(), *cpu = base->home;
	struct trap_frame frame, *f = &frame;
	int saved = errno;

	frame_load(f, context);
	if (signal == HOST_IPI && cpu->step_landing) {
		step_nmi(cpu, f);
	} else {
		if (base != cpu)
			base_write(cpu);
		f = kernel_nmi(f, 1u << source_of(signal));
		/* Unless the job was abandoned, and its virtual core with it. */
		if (base != cpu && cpu->stepper)
			base_write(base);
	}
	resume(cpu, f, context);
	errno = saved;
}

/* May come in any handler, because any may spin for another core. */
static void on_turn(int signal, siginfo_t *info, void *context)
{
	int saved = errno;

	sched_yield();
	errno = saved;
}

void trap_unexpected(struct trap_frame *f, const char *what)
{
	struct arch_cpu *cpu = ((struct arch_cpu *)percpu_base())->home;

	/* The dump is the real core's. */
	if (cpu->stepper)
		step_off(cpu);
	base_write(cpu);
	kernel_bad_trap(f, what);
}

static const char *trap_name(int signal)
{
	switch (signal) {
	case SIGSEGV:
		return "SIGSEGV page fault";
	case SIGBUS:
		return "SIGBUS bus error";
	case SIGILL:
		return "SIGILL invalid opcode";
	case SIGFPE:
		return "SIGFPE divide error";
	default:
		return "SIGTRAP breakpoint";
	}
}

static void on_trap(int signal, siginfo_t *info, void *context)
{
	struct arch_cpu *base = percpu_base();
	struct trap_frame frame;
	char buf[96];
	struct text what = TEXT_INIT(buf);

	frame_load(&frame, context);
	if (signal == SIGTRAP && base->home->stepper &&
	    step_trap(base->home, &frame, info->si_code)) {
		frame_store(&frame, context);
		return;
	}
	text_printf(&what, "%s", trap_name(signal));
	if (signal == SIGSEGV || signal == SIGBUS)
		text_printf(&what, " address=%#llx", (unsigned long long)(uintptr_t)info->si_addr);
	trap_unexpected(&frame, buf);
}

static void install(int signal, void (*handler)(int, siginfo_t *, void *), sigset_t blocked)
{
	struct sigaction action = {
		.sa_sigaction = handler,
		.sa_mask = blocked,
		.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK,
	};

	sigaction(signal, &action, NULL);
}

void signals_init(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(interrupts); i++)
		install(interrupts[i].signal, on_interrupt,
			signal_set(is_supervisors(interrupts[i].signal)));
	install(HOST_TURN, on_turn, (sigset_t){});
	install(SIGTRAP, on_trap, signal_set(true));
	signal(SIGPIPE, SIG_IGN);
	/* A sanitizer says more about these than we could. */
	if (sanitizer_traps())
		return;
	install(SIGSEGV, on_trap, signal_set(true));
	install(SIGBUS, on_trap, signal_set(true));
	install(SIGILL, on_trap, signal_set(true));
	install(SIGFPE, on_trap, signal_set(true));
}

int signals_cpu_init(struct arch_cpu *cpu)
{
	stack_t stack = {
		.ss_sp = (void *)(cpu->stack[STACK_NMI] - ARCH_STACK_SIZE),
		.ss_size = ARCH_STACK_SIZE,
	};

	if (sigaltstack(&stack, NULL))
		return -EIO;
	signals_open(true);
	return 0;
}

int signal_core(const struct arch_cpu *to, enum host_signal signal)
{
	return syscall(SYS_tgkill, getpid(), to->tid, signal) ? -EIO : 0;
}
