/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of the process, with the run's status as its own. */
#include "internal.h"
#include <arch/power.h>

#define STATUS_ERROR 2
#define STATUS_CRASH 3

void power_exit(int status, bool off)
{
	if (console_failed() && status < STATUS_ERROR)
		status = STATUS_ERROR;
	/* Coverage and sanitizers have their say at the end; after a crash nothing more runs. */
	if (status != STATUS_CRASH)
		exit(status);
	_exit(status);
}
