/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the ACPI root pointer to the tables we know. Nothing here trusts a byte it reads. */
#include "acpi.h"

#include "../kernel/printf.h"
#include "../kernel/string.h"

/* Larger than any real table; a length beyond it is a lie that would cost seconds to sum up. */
#define TABLE_MAX (16u << 20)
/* Real machines have some 20 to 60 tables. */
#define ROOT_ENTRIES_MAX 1024

struct known_table {
	char signature[5];
	int (*parse)(struct boot_info *bi, const struct phys_reader *mem, struct acpi_bytes t);
};

/* In this order, so that the FADT's word on PSCI is there when the MADT asks for it. */
static const struct known_table known_tables[] = {
	{"FACP", acpi_parse_fadt}, {"APIC", acpi_parse_madt}, {"SPCR", acpi_parse_spcr},
	{"GTDT", acpi_parse_gtdt}, {"HPET", acpi_parse_hpet},
};

static u8 sum(const u8 *p, u32 n)
{
	u8 s = 0;

	while (n--)
		s += *p++;
	return s;
}

/* A signature from memory, fit to be printed. */
static const char *show_signature(const char *from, char out[5])
{
	for (int i = 0; i < 4; i++)
		out[i] = from[i] > ' ' && from[i] < 0x7f ? from[i] : '?';
	out[4] = '\0';
	return out;
}

int acpi_map_table(struct boot_info *bi, const struct phys_reader *mem, u64 pa,
		   const char *signature, struct acpi_bytes *table)
{
	const struct acpi_header *h = mem->map(mem->ctx, pa, sizeof(*h));
	char seen[5];
	u32 len;

	if (!h) {
		boot_note(bi, "ACPI %s at 0x%lx: address is not readable", signature, pa);
		return -EINVAL;
	}
	if (memcmp(h->signature, signature, 4)) {
		boot_note(bi, "ACPI %s at 0x%lx: signature is '%s'", signature, pa,
			  show_signature(h->signature, seen));
		return -EINVAL;
	}
	len = h->length;
	if (len < sizeof(*h) || len > TABLE_MAX) {
		boot_note(bi, "ACPI %s at 0x%lx: bad length %u", signature, pa, len);
		return -EINVAL;
	}
	table->p = mem->map(mem->ctx, pa, len);
	table->len = len;
	if (!table->p) {
		boot_note(bi, "ACPI %s at 0x%lx: truncated, %u bytes are not all readable",
			  signature, pa, len);
		return -EINVAL;
	}
	if (sum(table->p, len)) {
		boot_note(bi, "ACPI %s at 0x%lx: bad checksum, ignored", signature, pa);
		return -EINVAL;
	}
	return 0;
}

/* Entry @i of an RSDT (@width 4) or XSDT (@width 8), which need not be aligned. */
static u64 root_entry(struct acpi_bytes root, u32 width, u32 i)
{
	const u8 *p = root.p + sizeof(struct acpi_header) + i * width;
	u64 v = 0;

	for (u32 b = width; b-- > 0;)
		v = v << 8 | p[b];
	return v;
}

/**
 * struct root - one root table while it is walked
 * @done: known tables parsed so far, a bit each; a second table of a kind is not
 */
struct root {
	struct acpi_bytes bytes;
	u64 pa;
	u32 width, entries;
	u32 done;
};

/* Find and parse the first good table of kind @k. */
static void parse_kind(struct boot_info *bi, const struct phys_reader *mem, struct root *r, u32 k)
{
	const struct known_table *known = &known_tables[k];

	for (u32 i = 0; i < r->entries; i++) {
		u64 pa = root_entry(r->bytes, r->width, i);
		struct acpi_bytes t;
		const char *sig;

		if (!pa)
			continue;
		sig = mem->map(mem->ctx, pa, 4);
		if (!sig || memcmp(sig, known->signature, 4))
			continue;
		if (r->done & 1u << k) {
			boot_note(bi, "ACPI %s at 0x%lx: second one of its kind, ignored",
				  known->signature, pa);
			return;
		}
		if (!acpi_map_table(bi, mem, pa, known->signature, &t) && !known->parse(bi, mem, t))
			r->done |= 1u << k;
	}
}

/* Note once what is wrong with the pointers themselves. */
static void check_entries(struct boot_info *bi, const struct phys_reader *mem, struct root *r,
			  const char *name)
{
	u32 tail = (r->bytes.len - sizeof(struct acpi_header)) % r->width;

	r->entries = (r->bytes.len - sizeof(struct acpi_header)) / r->width;
	if (tail)
		boot_note(bi, "ACPI %s: %u bytes after the last whole pointer", name, tail);
	if (r->entries > ROOT_ENTRIES_MAX) {
		boot_note(bi, "ACPI %s: %u pointers, looking at the first %u", name, r->entries,
			  ROOT_ENTRIES_MAX);
		r->entries = ROOT_ENTRIES_MAX;
	}
	for (u32 i = 0; i < r->entries; i++) {
		u64 pa = root_entry(r->bytes, r->width, i);

		if (pa == r->pa)
			boot_note(bi, "ACPI %s: entry %u points back at the table itself", name, i);
		else if (pa && !mem->map(mem->ctx, pa, sizeof(struct acpi_header)))
			boot_note(bi, "ACPI %s: entry %u, 0x%lx, is not readable", name, i, pa);
	}
}

static int walk_root(struct boot_info *bi, const struct phys_reader *mem, u64 pa, u32 width,
		     u32 *done)
{
	const char *name = width == 8 ? "XSDT" : "RSDT";
	struct root r = {.pa = pa, .width = width, .done = *done};

	if (acpi_map_table(bi, mem, pa, name, &r.bytes))
		return -EINVAL;
	check_entries(bi, mem, &r, name);
	for (u32 k = 0; k < ARRAY_SIZE(known_tables); k++)
		parse_kind(bi, mem, &r, k);
	*done = r.done;
	return 0;
}

/* Copy the root pointer, checked, with zeroes for what an old one lacks. */
static int read_rsdp(struct boot_info *bi, const struct phys_reader *mem, struct acpi_rsdp *rsdp)
{
	const u8 *p = mem->map(mem->ctx, bi->rsdp, ACPI_RSDP_V1_SIZE);

	memset(rsdp, 0, sizeof(*rsdp));
	if (!p || memcmp(p, "RSD PTR ", 8)) {
		boot_note(bi, "ACPI root pointer at 0x%lx: %s", bi->rsdp,
			  p ? "no 'RSD PTR ' there" : "address is not readable");
		return -EINVAL;
	}
	if (sum(p, ACPI_RSDP_V1_SIZE)) {
		boot_note(bi, "ACPI root pointer at 0x%lx: bad checksum", bi->rsdp);
		return -EINVAL;
	}
	memcpy(rsdp, p, ACPI_RSDP_V1_SIZE);
	if (rsdp->revision < 2)
		return 0;

	p = mem->map(mem->ctx, bi->rsdp, sizeof(*rsdp));
	if (p && !sum(p, sizeof(*rsdp)))
		memcpy(rsdp, p, sizeof(*rsdp));
	else
		boot_note(bi, "ACPI root pointer at 0x%lx: bad second half, XSDT not used",
			  bi->rsdp);
	return 0;
}

int acpi_parse(struct boot_info *bi, const struct phys_reader *mem)
{
	struct acpi_rsdp rsdp;
	u32 done = 0;
	int rc = -EINVAL;

	bi->s5_type = 0xff;
	if (read_rsdp(bi, mem, &rsdp))
		return -EINVAL;
	if (rsdp.xsdt)
		rc = walk_root(bi, mem, rsdp.xsdt, 8, &done);
	/* Also when the XSDT was readable but led to no core. */
	if (!bi->nr_cpus && rsdp.rsdt)
		rc = walk_root(bi, mem, rsdp.rsdt, 4, &done) ? rc : 0;
	if (bi->nr_cpus)
		return 0;
	boot_note(bi, "ACPI: %s",
		  rc ? "neither XSDT nor RSDT is usable" : "no enabled core is listed");
	return -EINVAL;
}
