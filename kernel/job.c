/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arch/smp.h>
#include "clock.h"
#include "console.h"
#include "cpu.h"
#include "nmi.h"
#include "supervisor.h"

/* One at a time; static, because a core that is late may still look at it. */
static struct job the_job;

u32 job_max_cpus(void)
{
	u32 n = 0;

	while (n < online.count && READ_ONCE(online.cpu[n]->state) != CPU_LOST)
		n++;
	return n;
}

bool job_should_stop(void)
{
	return READ_ONCE(this_cpu()->job->ended) != 0;
}

u32 job_index(void)
{
	const struct cpu *cpu = this_cpu();

	return cpu->id - cpu->job->first;
}

/* The last to arrive turns the sense over and lets the others go. */
bool job_barrier(void)
{
	struct job *job = this_cpu()->job;
	u32 sense = load_acquire(&job->barrier_sense);

	if (__atomic_add_fetch(&job->barrier_count, 1, __ATOMIC_ACQ_REL) == job->cpus) {
		WRITE_ONCE(job->barrier_count, 0);
		store_release(&job->barrier_sense, !sense);
	}
	while (load_acquire(&job->barrier_sense) == sense) {
		if (READ_ONCE(job->ended))
			return false;
		cpu_relax();
	}
	return !READ_ONCE(job->ended);
}

static void do_job(void *arg)
{
	struct job *job = arg;
	struct cpu *cpu = this_cpu();

	/* From here on the supervisor can end it; before, it may have tried in vain. */
	WRITE_ONCE(cpu->job_inside, 1);
	smp_mb();
	if (!READ_ONCE(job->ended))
		job->fn(job->arg);
	WRITE_ONCE(cpu->job_inside, 0);
}

/* Run this core's share, however it ends. */
static void take_part(struct cpu *cpu)
{
	trap_call(&cpu->abort, do_job, cpu->job);
	WRITE_ONCE(cpu->job_inside, 0);
	cpu->cause = 0;
}

/* A core that was given up wakes too late: its share must not run any more. */
static void park_if_lost(const struct cpu *cpu)
{
	while (READ_ONCE(cpu->state) == CPU_LOST)
		cpu_idle();
}

void job_loop(void)
{
	struct cpu *cpu = this_cpu();

	for (;;) {
		u32 seq = load_acquire(&cpu->job_seq);

		if (seq == cpu->job_done) {
			cpu_idle();
			continue;
		}
		park_if_lost(cpu);
		take_part(cpu);
		park_if_lost(cpu);
		store_release(&cpu->job_done, seq);
	}
}

static void post(struct job *job, u32 id)
{
	struct cpu *cpu = online.cpu[id];

	cpu->snapshot->valid = false;
	cpu->job = job;
	WRITE_ONCE(cpu->state, CPU_BUSY);
	store_release(&cpu->job_seq, cpu->job_seq + 1);
	if (cpu != this_cpu())
		smp_wake(&cpu->arch);
}

static bool all_done(const struct job *job)
{
	for (u32 i = job->first; i < job->first + job->cpus; i++) {
		const struct cpu *cpu = online.cpu[i];

		if (READ_ONCE(cpu->state) == CPU_BUSY &&
		    load_acquire(&cpu->job_done) != cpu->job_seq)
			return false;
	}
	return true;
}

static void collect(const struct job *job)
{
	for (u32 i = job->first; i < job->first + job->cpus; i++) {
		struct cpu *cpu = online.cpu[i];

		if (cpu->state == CPU_BUSY)
			WRITE_ONCE(cpu->state, CPU_IDLE);
	}
	for (u32 i = 0; i < online.count; i++)
		nmi_report_unknown(online.cpu[i]);
	console_drain();
}

int job_run(u32 first, u32 n, void (*fn)(void *), void *arg, u64 budget_ns)
{
	struct cpu *self = this_cpu();
	struct job *job = &the_job;
	u32 usable = job_max_cpus();
	int rc = 0;

	if (first >= usable)
		return -ETIMEDOUT;
	n = MIN(n, usable - first);
	*job = (struct job){.fn = fn, .arg = arg, .first = first, .cpus = n};
	job->budget_ns = budget_ns;
	job->deadline_ns = clock_now_ns() + budget_ns;
	for (u32 i = first; i < first + n; i++)
		post(job, i);

	if (first == 0) {
		supervisor_begin(job);
		take_part(self);
		supervisor_end();
		store_release(&self->job_done, self->job_seq);
	}
	supervisor_awake();
	while (!all_done(job) && clock_now_ns() < job->deadline_ns && !READ_ONCE(job->ended)) {
		supervisor_look(0);
		cpu_relax();
	}
	if (!all_done(job) || READ_ONCE(job->ended)) {
		rc = -ETIMEDOUT;
		supervisor_photograph(job);
		supervisor_take_back(job);
	}
	WRITE_ONCE(job->ended, 1);
	collect(job);
	return rc;
}
