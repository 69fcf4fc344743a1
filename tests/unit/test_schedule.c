/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Schedules over a world of counters: every core adds to one shared number without a lock, step
 * by step, so that what must come out can be counted by hand and by recursion.
 * unit: kernel/explore/schedule.c kernel/explore/decision.c kernel/explore/seen.c
 * unit: kernel/explore/random.c kernel/explore/shrink.c
 * unit: kernel/rng.c kernel/printf.c kernel/string.c tests/unit/host.c
 */
#include "unit.h"

#include "../../kernel/clock.h"
#include "../../kernel/explore/schedule.h"
#include "../../kernel/job.h"
#include "../../kernel/mem.h"
#include "../../kernel/string.h"

/* ---- A world: three steps make one increment, and every step is a point. */

struct fake {
	u32 pc[WORLD_CORES], nmi_pc[WORLD_CORES], seen[WORLD_CORES];
	u32 number;
	struct vcore_live live[WORLD_CORES];
	u64 steps;
};

static struct fake fake;
static struct world world;
static struct vcore vcore[WORLD_CORES];
static u32 task_steps, nmi_steps;

void *mem_alloc(size_t size, size_t align)
{
	return memset(unit_alloc(size), 0, size);
}

u64 clock_now_ns(void)
{
	return 0;
}

bool job_should_stop(void)
{
	return false;
}

static void pull(void)
{
	for (u32 i = 0; i < world.cores; i++)
		fake.live[i] = vcore[i].live;
	fake.steps = world.steps;
}

static void put(void)
{
	for (u32 i = 0; i < world.cores; i++)
		vcore[i].live = fake.live[i];
	world.steps = fake.steps;
}

static void one_step(u32 id)
{
	struct vcore_live *live = &vcore[id].live;

	world.steps++;
	live->steps++;
	if (live->level) {
		if (++fake.nmi_pc[id] == nmi_steps)
			live->level = 0;
		return;
	}
	switch (fake.pc[id]++ % 3) {
	case 0:
		fake.seen[id] = fake.number;
		break;
	case 2:
		fake.number = fake.seen[id] + 1;
		break;
	}
	live->task_done = fake.pc[id] == task_steps;
}

enum world_event world_run(struct world *w, u32 id, const struct world_until *until)
{
	u64 left = until->steps;

	do {
		one_step(id);
		if (vcore[id].live.task_done) {
			vcore[id].live.state = VCORE_DONE;
			return WORLD_DONE;
		}
	} while (!until->points && --left);
	return until->points ? WORLD_POINT : WORLD_LIMIT;
}

bool world_nmi(struct world *w, u32 id, bool real)
{
	vcore[id].live.level = 1;
	vcore[id].live.nmis++;
	fake.nmi_pc[id] = 0;
	return true;
}

bool world_done(const struct world *w)
{
	return !world_ready(w);
}

bool world_idle(struct world *w)
{
	return false;
}

u32 world_default(const struct world *w, u32 current)
{
	u32 ready = world_ready(w);

	return ready & (1u << current) ? current : (u32)__builtin_ctz(ready);
}

size_t world_save_max(const struct world *w)
{
	return sizeof(fake);
}

size_t world_save(struct world *w, void *to)
{
	pull();
	memcpy(to, &fake, sizeof(fake));
	return sizeof(fake);
}

void world_restore(struct world *w, const void *from)
{
	memcpy(&fake, from, sizeof(fake));
	put();
}

u64 world_hash(const struct world *w)
{
	const u8 *p = (const u8 *)&fake;
	u64 h = 0xcbf29ce484222325ull;

	pull();
	for (size_t i = 0; i < sizeof(fake); i++)
		h = (h ^ p[i]) * 0x100000001b3ull;
	return h;
}

/* ---- The target: is anything lost? */

enum { FINE, LOST };

static void begin(void *arg)
{
	u32 cores = *(u32 *)arg;

	memset(&fake, 0, sizeof(fake));
	memset(vcore, 0, sizeof(vcore));
	world.cores = cores;
	world.steps = 0;
	for (u32 i = 0; i < cores; i++)
		world.core[i] = &vcore[i];
}

static bool broken(void *arg)
{
	return false;
}

static u32 check(void *arg, enum run_end end)
{
	return end == RUN_DONE && fake.number == world.cores * task_steps / 3 ? FINE : LOST;
}

static struct explorer e;
static struct explore_share share;
static u32 cores;

static void prepare(u32 nr_cores, u32 steps, u32 preemptions, u32 nmis)
{
	cores = nr_cores;
	task_steps = steps;
	nmi_steps = 2;
	if (!e.arena)
		explorer_init(&e, &world);
	memset(&e.counts, 0, sizeof(e.counts));
	e.has_best = 0;
	e.stopped = false;
	e.end_ns = ~0ull;
	e.target = (struct explore_target){begin, broken, NULL, check, &cores, ~0u, 1000};
	e.bounds = (struct explore_bounds){.preemptions = preemptions, .nmis = nmis};
	share = (struct explore_share){.shards = 1};
	e.share = &share;
}

/* ---- The same number by recursion, from the definition. */

struct state {
	u32 pc[WORLD_CORES], nmi[WORLD_CORES], core, preemptions, nmis;
	bool going;
};

static u64 count(struct state s);

/* @id goes on by one step. */
static u64 count_step(struct state s, u32 id)
{
	if (s.nmi[id])
		s.nmi[id]--;
	else
		s.pc[id]++;
	s.core = id;
	s.going = s.pc[id] < task_steps;
	return count(s);
}

static u64 count(struct state s)
{
	u64 sum = 0;
	bool any = false;

	for (u32 i = 0; i < cores; i++) {
		struct state next = s;

		if (s.pc[i] == task_steps)
			continue;
		any = true;
		if (s.going && i != s.core) {
			if (!s.preemptions)
				continue;
			next.preemptions--;
		}
		sum += count_step(next, i);
		if (!s.nmis || s.nmi[i])
			continue;
		next.nmis--;
		next.nmi[i] = nmi_steps;
		sum += count_step(next, i);
	}
	return any ? sum : 1;
}

static void counted(u32 nr_cores, u32 steps, u32 preemptions, u32 nmis)
{
	struct state s = {.preemptions = preemptions, .nmis = nmis};

	prepare(nr_cores, steps, preemptions, nmis);
	explore_all(&e);
	EXPECT_EQ(e.counts.schedules, count(s));
	EXPECT_EQ(e.counts.chosen, e.counts.choices);
	EXPECT_EQ(e.counts.unsaved, 0);
	EXPECT_EQ(e.nr_frames, 0);
}

TEST(as_many_schedules_as_by_hand)
{
	/* Who is first: 2. One preemption: after step 1 or 2 of the first one. */
	prepare(2, 3, 1, 0);
	explore_all(&e);
	EXPECT_EQ(e.counts.schedules, 2 * (1 + 2));
}

TEST(as_many_schedules_as_by_recursion)
{
	for (u32 preemptions = 0; preemptions < 4; preemptions++) {
		for (u32 nmis = 0; nmis < 3; nmis++) {
			counted(2, 6, preemptions, nmis);
			counted(3, 3, preemptions, nmis);
		}
	}
}

TEST(points_and_boundaries_are_the_same_where_all_are_points)
{
	u64 every;

	prepare(2, 6, 2, 1);
	explore_all(&e);
	every = e.counts.schedules;
	prepare(2, 6, 2, 1);
	e.bounds.points = true;
	explore_all(&e);
	EXPECT_EQ(e.counts.schedules, every);
}

TEST(smallest_failure)
{
	char buf[100];
	struct text t = TEXT_INIT(buf);

	prepare(2, 6, 2, 2);
	explore_all(&e);
	ASSERT(e.has_best == 1u << LOST);
	schedule_print(&e.best[LOST], &t);
	/* After core 0's first load core 1 adds both of its; no NMI is needed. */
	EXPECT_STR(buf, "1c1");
}

TEST(seen_states_lose_no_failure)
{
	prepare(3, 6, 2, 1);
	explore_all(&e);
	EXPECT(e.counts.failures[LOST] > 0);
	prepare(3, 6, 2, 1);
	e.bounds.states = true;
	explore_all(&e);
	EXPECT(e.counts.seen > 0);
	EXPECT(e.counts.failures[LOST] > 0);
	EXPECT_EQ(e.best[LOST].preemptions, 1);
	EXPECT_EQ(e.best[LOST].nmis, 0);
}

/* All counts that shards share out. */
static struct explore_counts whole(u32 shards, bool states)
{
	struct explore_counts sum = {0};

	for (u32 i = 0; i < shards; i++) {
		prepare(3, 6, 2, 1);
		e.bounds.states = states;
		share.shard = i;
		share.shards = shards;
		explore_all(&e);
		sum.schedules += e.counts.schedules;
		sum.failures[LOST] += e.counts.failures[LOST];
		sum.seen += e.counts.seen;
		sum.points += e.counts.points;
		sum.steps += e.counts.steps;
		sum.choices += e.counts.choices;
		sum.chosen += e.counts.chosen;
	}
	return sum;
}

TEST(shards_add_up)
{
	for (u32 states = 0; states < 2; states++) {
		struct explore_counts one = whole(1, states);

		EXPECT_EQ(one.choices, one.chosen);
		for (u32 n = 2; n < 6; n++) {
			struct explore_counts sum = whole(n, states);

			EXPECT(!memcmp(&one, &sum, sizeof(sum)));
		}
	}
}

TEST(no_room_is_counted)
{
	prepare(2, 6, 2, 1);
	e.arena_size = 3 * sizeof(fake);
	explore_all(&e);
	EXPECT(e.counts.unsaved > 0);
	e.arena_size = EXPLORE_ARENA;
}

TEST(random_runs_find_it_and_repeat)
{
	u64 failures;

	for (u32 seed = 1; seed < 4; seed++) {
		struct explore_random r = {
			.runs = 500, .seed = seed, .end_ns = ~0ull, .depth = 2, .nmis = 1};

		prepare(3, 6, 0, 0);
		explore_random(&e, &r);
		EXPECT_EQ(e.counts.schedules, 500);
		failures = e.counts.failures[LOST];
		EXPECT(failures > 10 && failures < 500);
		prepare(3, 6, 0, 0);
		explore_random(&e, &r);
		EXPECT_EQ(e.counts.failures[LOST], failures);
	}
}

TEST(every_failure_can_be_run_again)
{
	struct explore_random r = {.runs = 500, .seed = 7, .end_ns = ~0ull, .depth = 4, .nmis = 2};
	char buf[400], why[100];
	struct text t = TEXT_INIT(buf), error = TEXT_INIT(why);
	struct schedule s;
	u32 kind;

	prepare(3, 6, 0, 0);
	explore_random(&e, &r);
	ASSERT(e.has_best == 1u << LOST);
	schedule_print(&e.best[LOST], &t);
	ASSERT(schedule_parse(&s, buf, cores, &error));
	EXPECT(explore_run(&e, &s, FOLLOW_EXACTLY, &kind));
	EXPECT_EQ(kind, LOST);
}

TEST(shrink_finds_the_smallest)
{
	struct explore_random r = {.runs = 1, .end_ns = ~0ull, .depth = 4, .nmis = 2};
	u32 shrunk = 0;

	for (r.seed = 1; r.seed < 60; r.seed++) {
		struct schedule s;

		prepare(3, 6, 0, 0);
		explore_random(&e, &r);
		if (!e.has_best)
			continue;
		s = e.best[LOST];
		EXPECT(explore_shrink(&e, &s, LOST, 300) > 0);
		EXPECT_EQ(s.nmis, 0);
		EXPECT_EQ(s.preemptions, 1);
		shrunk++;
	}
	EXPECT(shrunk > 5);
}

TEST(a_run_that_cannot_be_followed)
{
	char why[200];
	struct text error = TEXT_INIT(why);
	struct schedule s;
	u32 kind;

	prepare(2, 6, 0, 0);
	ASSERT(schedule_parse(&s, "1c1-7c0", 2, &error));
	/* At position 7 core 1 is done: core 0 goes on without being asked. */
	EXPECT(!explore_run(&e, &s, FOLLOW_EXACTLY, &kind));
	ASSERT(schedule_parse(&s, "99c1", 2, &error));
	EXPECT(!explore_run(&e, &s, FOLLOW_EXACTLY, &kind));
}

static void refused(const char *text, const char *part)
{
	char why[300];
	struct text error = TEXT_INIT(why);
	struct schedule s;

	EXPECT(!schedule_parse(&s, text, 2, &error));
	EXPECT_HAS(why, part);
}

TEST(wrong_decisions)
{
	refused("", "at character 1");
	refused("12", "at character 1");
	refused("12c", "at character 1");
	refused("12x1", "at character 1");
	refused("12c1-", "at character 6");
	refused("12c1-5n0", "a position before");
	refused("12c2", "no such core");
	refused("12c1 13c0", "at character 1");
	refused("99999999999999999999c1", "at character 1");
}
