/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UEFI door of both architectures: ask the firmware for facts, then leave it. Nothing
 * but memory is required; options, screen and tables are taken where they are.
 */
#include <efi.h>
#include <arch/time.h>
#include "cmdline.h"
#include "facts.h"
#include "uefi.h"
#include "../kernel/string.h"

#define CONFIG_FILE   L"\\barelock.cfg"
#define MAP_BYTES     65536
#define EXIT_ATTEMPTS 8
#define EFI_PAGE_4K   4096ull

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

static struct boot_info info;
static UINT8 memory_map[MAP_BYTES] __aligned(16);

static const EFI_GUID loaded_image_guid = LOADED_IMAGE_PROTOCOL;
static const EFI_GUID file_system_guid = SIMPLE_FILE_SYSTEM_PROTOCOL;
static const EFI_GUID graphics_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
static const EFI_GUID acpi2_guid = ACPI_20_TABLE_GUID;
static const EFI_GUID acpi1_guid = ACPI_TABLE_GUID;
/* Devicetree table, EBBR section 2.3. */
static const EFI_GUID fdt_guid = {
	0xb1b621d5, 0xf19c, 0x41a5, {0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0}};

/* Protocol calls read it, but their prototypes do not say so. */
#define GUID(g) ((EFI_GUID *)&(g))

static EFI_STATUS fail(EFI_SYSTEM_TABLE *st, CHAR16 *what, EFI_STATUS status)
{
	if (st->ConOut)
		st->ConOut->OutputString(st->ConOut, what);
	return status;
}

/* \barelock.cfg in the root of the volume we were loaded from. */
static void read_config_file(EFI_BOOT_SERVICES *bs, EFI_HANDLE device)
{
	EFI_FILE_IO_INTERFACE *volume;
	EFI_FILE_HANDLE root, file;
	char text[BOOT_CMDLINE];
	UINTN size = sizeof(text);

	if (!device ||
	    EFI_ERROR(bs->HandleProtocol(device, GUID(file_system_guid), (void **)&volume)) ||
	    EFI_ERROR(volume->OpenVolume(volume, &root)))
		return;
	if (!EFI_ERROR(root->Open(root, &file, CONFIG_FILE, EFI_FILE_MODE_READ, 0))) {
		if (!EFI_ERROR(file->Read(file, &size, text)))
			cmdline_add(&info, text, size, "barelock.cfg");
		file->Close(file);
	}
	root->Close(root);
}

static bool ends_in_efi(const char *word, size_t len)
{
	static const char suffix[] = ".efi";

	if (len < 4)
		return false;
	for (u32 i = 0; i < 4; i++) {
		char c = word[len - 4 + i];

		if (c >= 'A' && c <= 'Z')
			c += 'a' - 'A';
		if (c != suffix[i])
			return false;
	}
	return true;
}

/*
 * Load options are UTF-16 text when a person or a loader wrote them, and anything at all
 * when the firmware did: only plain text counts. The shell puts the file's name first.
 */
static void read_load_options(const EFI_LOADED_IMAGE *loaded)
{
	const CHAR16 *from = loaded->LoadOptions;
	char text[BOOT_CMDLINE];
	size_t len = 0, word = 0;

	for (; from && len < loaded->LoadOptionsSize / 2 && from[len]; len++) {
		if (from[len] < 0x20 || from[len] > 0x7e)
			return;
		if (len == sizeof(text)) {
			boot_note(&info, "load options are longer than %zu characters",
				  sizeof(text));
			break;
		}
		text[len] = from[len];
	}
	while (word < len && text[word] != ' ')
		word++;
	if (!ends_in_efi(text, word))
		word = 0;
	cmdline_add(&info, text + word, len - word, "the load options");
}

static void read_tables(EFI_SYSTEM_TABLE *st)
{
	u64 acpi1 = 0;

	for (UINTN i = 0; i < st->NumberOfTableEntries; i++) {
		const EFI_CONFIGURATION_TABLE *t = &st->ConfigurationTable[i];
		u64 at = (uintptr_t)t->VendorTable;

		if (!memcmp(&t->VendorGuid, &acpi2_guid, sizeof(acpi2_guid)))
			info.rsdp = at;
		else if (!memcmp(&t->VendorGuid, &acpi1_guid, sizeof(acpi1_guid)))
			acpi1 = at;
		else if (!memcmp(&t->VendorGuid, &fdt_guid, sizeof(fdt_guid)))
			info.fdt = at;
	}
	if (!info.rsdp)
		info.rsdp = acpi1;
}

static void read_framebuffer(EFI_BOOT_SERVICES *bs)
{
	EFI_GRAPHICS_OUTPUT_PROTOCOL *gop;
	const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode;

	if (EFI_ERROR(bs->LocateProtocol(GUID(graphics_guid), NULL, (void **)&gop)) || !gop->Mode ||
	    !gop->Mode->Info)
		return;
	mode = gop->Mode->Info;
	if (mode->PixelFormat == PixelRedGreenBlueReserved8BitPerColor)
		info.fb.format = PIXEL_RGBX;
	else if (mode->PixelFormat == PixelBlueGreenRedReserved8BitPerColor)
		info.fb.format = PIXEL_BGRX;
	else
		return;
	info.fb.width = mode->HorizontalResolution;
	info.fb.height = mode->VerticalResolution;
	info.fb.stride = mode->PixelsPerScanLine;
	info.fb.base = gop->Mode->FrameBufferBase;
}

static void get_low_pages(EFI_BOOT_SERVICES *bs)
{
	EFI_PHYSICAL_ADDRESS at = uefi_arch.low_limit;

	if (!uefi_arch.low_pages)
		return;
	if (EFI_ERROR(
		    bs->AllocatePages(AllocateMaxAddress, EfiLoaderData, uefi_arch.low_pages, &at)))
		boot_note(&info, "the firmware has no low memory left: only the boot core is used");
	else
		info.low_page = at;
}

/* What is ours once boot services have ended. Loader memory holds our image: not that. */
static bool is_usable(UINT32 type)
{
	return type == EfiConventionalMemory || type == EfiBootServicesCode ||
	       type == EfiBootServicesData;
}

/*
 * Where tables may lie (UEFI 2.10, 2.3.6 and 2.3.7), and "reserved" memory, where some PCs keep
 * theirs all the same. A pointer to anywhere else could fault.
 */
static bool is_readable(UINT32 type)
{
	return type <= EfiACPIMemoryNVS && type != EfiUnusableMemory;
}

static void read_memory_map(UINTN bytes, UINTN step)
{
	for (UINTN at = 0; at + step <= bytes; at += step) {
		const EFI_MEMORY_DESCRIPTOR *d = (const void *)(memory_map + at);
		u64 size = d->NumberOfPages * EFI_PAGE_4K;

		if (is_readable(d->Type))
			facts_add_readable(&info, d->PhysicalStart, size);
		if (is_usable(d->Type) && d->Attribute & EFI_MEMORY_WB)
			facts_add_mem(&info, d->PhysicalStart, size);
	}
}

/*
 * The map may change between the two calls (a timer event that allocates): then the key is
 * stale and both are done again, with the same buffer, because after a failed attempt
 * nothing but these two calls is allowed (UEFI 2.10, 7.4.6).
 */
static EFI_STATUS leave_boot_services(EFI_BOOT_SERVICES *bs, EFI_HANDLE image)
{
	EFI_STATUS status = EFI_ABORTED;

	for (u32 i = 0; i < EXIT_ATTEMPTS && EFI_ERROR(status); i++) {
		UINTN bytes = sizeof(memory_map), key, step;
		UINT32 version;

		status = bs->GetMemoryMap(&bytes, (void *)memory_map, &key, &step, &version);
		if (EFI_ERROR(status))
			continue;
		status = bs->ExitBootServices(image, key);
		if (!EFI_ERROR(status))
			read_memory_map(bytes, step);
	}
	return status;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	EFI_BOOT_SERVICES *bs = st->BootServices;
	EFI_LOADED_IMAGE *loaded;
	EFI_STATUS status;

	info.entry_stamp = time_counter();
	info.door = DOOR_UEFI;
	info.efi_runtime = (uintptr_t)st;
	status = bs->HandleProtocol(image, GUID(loaded_image_guid), (void **)&loaded);
	if (EFI_ERROR(status))
		return fail(st, L"barelock: the firmware does not know its own image\r\n", status);
	info.image_base = (uintptr_t)loaded->ImageBase;
	info.image_size = loaded->ImageSize;

	bs->SetWatchdogTimer(0, 0, 0, NULL);
	read_config_file(bs, loaded->DeviceHandle);
	read_load_options(loaded);
	read_tables(st);
	read_framebuffer(bs);
	get_low_pages(bs);
	status = leave_boot_services(bs, image);
	if (EFI_ERROR(status))
		return fail(st, L"barelock: the firmware does not end boot services\r\n", status);
	uefi_leave(&info);
}
