/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A loadable object for GNU make that adds $(exit-status N): end make with status N,
 * 0 to 255.
 *
 * make itself knows only 0 and 2. A run of barelock says more (1 a lock failed, 2 error,
 * 3 crash), and `make run` must tell a script as much as a person. Where make cannot load
 * objects, `make run` still fails with 2 and prints the status in its last line.
 * Interface: GNU make manual, "Loading Dynamic Objects".
 */
#include <gnumake.h>

/* Of the C library that make itself uses: a fresh machine has a compiler, but no headers. */
_Noreturn void exit(int status);

int plugin_is_GPL_compatible;
int exit_status_gmk_setup(void);

static char *exit_with(const char *name, unsigned int argc, char **argv)
{
	int status = 0;

	(void)name;
	(void)argc;
	for (const char *p = argv[0]; *p >= '0' && *p <= '9'; p++)
		status = status * 10 + (*p - '0');
	exit(status);
}

int exit_status_gmk_setup(void)
{
	gmk_add_function("exit-status", exit_with, 1, 1, GMK_FUNC_DEFAULT);
	return 1;
}
