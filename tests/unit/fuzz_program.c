/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs and expected tables from the fuzzer.
 * unit: tests/program.c tests/scan.c tests/expected.c kernel/printf.c kernel/string.c
 */
#include "fuzz.h"

#include "../expected.h"
#include "../program.h"

static void must_be_list(const struct program *p, const struct op_list *list)
{
	must(list->count <= PROGRAM_OPS);
	for (u32 i = 0; i < list->count; i++) {
		const struct op *op = &list->op[i];

		must(op->kind <= OP_UNLOCK && op->lock < p->locks);
		must(op->kind != OP_UNLOCK ||
		     (op->match < i && list->op[op->match].lock == op->lock));
	}
}

static void check_program(const char *text)
{
	struct program p;
	char buf[200] = "";
	struct text why = TEXT_INIT(buf);
	bool good = program_parse(&p, "fuzz", text, &why);

	must(good == !buf[0]);
	for (const char *c = buf; *c; c++)
		must(*c >= ' ' && *c < 0x7f);
	must_be_text(p.name, sizeof(p.name));
	must_be_text(p.doc, sizeof(p.doc));
	must(p.cores <= WORLD_CORES && p.locks <= PROGRAM_LOCKS);
	must(p.nr_directives <= PROGRAM_DIRECTIVES);
	for (u32 i = 0; good && i < WORLD_CORES; i++) {
		must_be_list(&p, &p.task[i]);
		must_be_list(&p, &p.nmi[i]);
		must(!p.task[i].count == (i >= p.cores));
	}
	for (u32 i = 0; good && i < p.nr_directives; i++)
		must(p.directive[i].kind <= DO_RUN_ALL && p.directive[i].core < WORLD_CORES &&
		     p.directive[i].arg >= 0 && p.directive[i].line);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char *text = __builtin_malloc(size + 1);
	char buf[100] = "";
	struct text why = TEXT_INIT(buf);
	struct expected e;

	memcpy(text, data, size);
	text[size] = '\0';
	check_program(text);
	must((expected_find(text, "a", "b", &e, &why) < 0) == !!buf[0]);
	__builtin_free(text);
	return 0;
}
