/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Included before everything else in host builds: our C library functions under names of
 * their own, so that they can be tested beside the host's and see AddressSanitizer's checks.
 */
#define memcpy	  barelock_memcpy
#define memmove	  barelock_memmove
#define memset	  barelock_memset
#define memcmp	  barelock_memcmp
#define strlen	  barelock_strlen
#define strnlen	  barelock_strnlen
#define strcmp	  barelock_strcmp
#define strncmp	  barelock_strncmp
#define strchr	  barelock_strchr
#define strlcpy	  barelock_strlcpy
#define snprintf  barelock_snprintf
#define vsnprintf barelock_vsnprintf
