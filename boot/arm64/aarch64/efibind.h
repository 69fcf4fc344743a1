/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What GNU-EFI's common headers need to know about AArch64 (UEFI 2.10, section 2.3.6: the
 * base procedure call standard, LP64). Debian carries GNU-EFI's own only in the package of
 * that architecture, which cannot be installed beside another one's.
 */
#ifndef AARCH64_EFIBIND_H
#define AARCH64_EFIBIND_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t UINT64;
typedef int64_t INT64;
typedef uint32_t UINT32;
typedef int32_t INT32;
typedef uint16_t UINT16;
typedef int16_t INT16;
typedef uint8_t UINT8;
typedef int8_t INT8;
typedef __WCHAR_TYPE__ WCHAR; /* 16 bits: -fshort-wchar */
typedef int64_t INTN;
typedef uint64_t UINTN;

#define VOID void
#define EFIAPI
#define BOOTSERVICE
#define RUNTIMESERVICE
#define RUNTIMEFUNCTION
#define INTERFACE_DECL(x) struct x

#define EFI_ERROR_MASK	  0x8000000000000000
#define EFIERR(a)	  (EFI_ERROR_MASK | (a))
#define EFIERR_OEM(a)	  (0xc000000000000000 | (a))

#endif
