/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts that the image carries (see TEXTS in the Makefile), and the programs in them. */
#include "program.h"
#include "texts.h"
#include "../boot/options.h"
#include "../kernel/mem.h"
#include "../kernel/string.h"

#define SCRIPTS "tests/scripts/"
#define SUFFIX	".script"

/* Path, NUL, content, NUL, and so on. */
extern const char texts_start[], texts_end[];

static struct program *programs;
static u32 nr_programs;
static struct program user;
static const struct program *chosen;

/* The next text whose path begins with @folder, from @at on (NULL: the first). */
static bool next_text(const char *folder, const char **at, const char **path, const char **text)
{
	const char *p = *at ? *at : texts_start;

	while (p < texts_end) {
		*path = p;
		*text = p + strlen(p) + 1;
		p = *text + strlen(*text) + 1;
		if (strncmp(*path, folder, strlen(folder)))
			continue;
		*at = p;
		return true;
	}
	return false;
}

const char *text_find(const char *path)
{
	const char *at = NULL, *found, *text;

	return next_text(path, &at, &found, &text) && !strcmp(found, path) ? text : NULL;
}

static bool parse_built_in(struct program *p, const char *path, const char *text, struct text *why)
{
	const char *file = path + strlen(SCRIPTS);
	char name[sizeof(p->name)];

	if (strlen(file) - strlen(SUFFIX) >= sizeof(name)) {
		text_printf(why, "%s: its name has more than %zu characters", path,
			    sizeof(name) - 1);
		return false;
	}
	strlcpy(name, file, strlen(file) - strlen(SUFFIX) + 1);
	text_printf(why, "%s: ", path);
	if (!program_parse(p, name, text, why))
		return false;
	why->len = 0;
	return true;
}

static bool parse_all(struct text *why)
{
	const char *at = NULL, *path, *text;
	u32 n = 0;

	while (next_text(SCRIPTS, &at, &path, &text))
		n++;
	programs = mem_alloc((n + 1) * sizeof(*programs), 16);
	if (!programs) {
		text_printf(why, "no memory for %u programs", n);
		return false;
	}
	for (at = NULL; next_text(SCRIPTS, &at, &path, &text); nr_programs++) {
		if (!parse_built_in(&programs[nr_programs], path, text, why))
			return false;
	}
	return true;
}

static const char *next_name(size_t i)
{
	return i < nr_programs ? programs[i].name : NULL;
}

bool programs_init(const char *script, struct text *why)
{
	const char *nearest;

	if (!parse_all(why))
		return false;
	if (!script[0])
		return true;
	if (strchr(script, ':')) {
		text_printf(why, "script=...: ");
		chosen = &user;
		if (!program_parse(&user, "script", script, why))
			return false;
		why->len = 0;
		return true;
	}
	chosen = program_find(script);
	if (chosen)
		return true;
	nearest = options_nearest(script, next_name);
	text_printf(why, "script=%s: neither a text nor built in (tests/scripts/)", script);
	if (nearest)
		text_printf(why, "; did you mean %s?", nearest);
	return false;
}

const struct program *program_get(u32 i)
{
	return i < nr_programs ? &programs[i] : NULL;
}

const struct program *program_find(const char *name)
{
	for (u32 i = 0; i < nr_programs; i++) {
		if (!strcmp(programs[i].name, name))
			return &programs[i];
	}
	return NULL;
}

const struct program *program_chosen(void)
{
	return chosen;
}
