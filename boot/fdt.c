/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the device tree says about cores, memory, GIC, timers, console. */
#include "fdt.h"
#include "facts.h"

#include "../kernel/string.h"

#define FDT_HEADER_SIZE 40
#define PARK_PAGE	4096
#define MPIDR_AFFINITY	0xff00ffffffull

/* GIC interrupt specifiers: type, number, flags */
#define GIC_SPI	     0
#define GIC_PPI	     1
#define GIC_SPI_BASE 32
#define GIC_PPI_BASE 16

/* arm,armv8-timer without interrupt-names: secure, non-secure, virtual, hypervisor */
#define TIMER_PHYS 1
#define TIMER_VIRT 2

/**
 * struct tree - a device tree while it is read
 * @aliases: kept after the walk; its parent is not
 * @timer, @pmu: their "interrupts", read when the GIC's cell count is known
 * @gic_cells: #interrupt-cells of the GIC
 * @want_mem: the door found no memory by itself
 * @stdout: /chosen's stdout-path with an alias resolved, up to @stdout_len
 */
struct tree {
	struct boot_info *bi;
	struct fdt fdt;
	struct fdt_node aliases;
	struct fdt_prop timer, pmu;
	u32 timer_virt, timer_phys;
	u32 gic_cells;
	bool want_mem;
	const char *stdout;
	size_t stdout_len;
};

/* Is @n a child of the node @name below the root? */
static bool is_child_of(const struct fdt_node *n, const char *name)
{
	return n->parent && n->parent->parent && !n->parent->parent->parent &&
	       fdt_named(n->parent, name);
}

static bool is_top(const struct fdt_node *n, const char *name)
{
	return n->parent && !n->parent->parent && fdt_named(n, name);
}

static void visit_cpu(struct tree *t, const struct fdt_node *n)
{
	struct boot_cpu cpu = {0};
	struct fdt_prop park;
	const char *method;
	u64 size;

	if (!fdt_enabled(&t->fdt, n))
		return;
	if (!fdt_reg(&t->fdt, n, 0, &cpu.hwid, &size)) {
		boot_note(t->bi, "device tree: core '%.32s' has no usable reg", n->name);
		return;
	}
	cpu.hwid &= MPIDR_AFFINITY;
	method = fdt_string(&t->fdt, n, "enable-method");
	if (!method)
		method = fdt_string(&t->fdt, n->parent, "enable-method");
	if (method && !strcmp(method, "spin-table")) {
		park = fdt_prop(&t->fdt, n, "cpu-release-addr");
		cpu.park = park.len == 8   ? fdt_be64(park.data)
			   : park.len == 4 ? fdt_be32(park.data)
					   : 0;
		if (!cpu.park)
			boot_note(t->bi, "device tree: core 0x%lx has no cpu-release-addr",
				  cpu.hwid);
	} else if (method && strcmp(method, "psci")) {
		boot_note(t->bi, "device tree: core 0x%lx: enable-method '%.24s' is not known",
			  cpu.hwid, method);
	}
	facts_add_cpu(t->bi, &cpu);
}

static void visit_memory(struct tree *t, const struct fdt_node *n)
{
	u64 base, size;

	if (!t->want_mem || !fdt_enabled(&t->fdt, n))
		return;
	for (u32 i = 0; fdt_reg(&t->fdt, n, i, &base, &size); i++)
		facts_add_mem(t->bi, base, size);
}

static void visit_psci(struct tree *t, const struct fdt_node *n)
{
	if (fdt_has_string(&t->fdt, n, "method", "hvc"))
		t->bi->psci = PSCI_HVC;
	else if (fdt_has_string(&t->fdt, n, "method", "smc"))
		t->bi->psci = PSCI_SMC;
	else
		boot_note(t->bi, "device tree: /psci has neither method hvc nor smc");
}

static void visit_gicv2(struct tree *t, const struct fdt_node *n)
{
	u64 gicd, gicc, size;

	if (!fdt_reg_cpu(&t->fdt, n, 0, &gicd, &size) ||
	    !fdt_reg_cpu(&t->fdt, n, 1, &gicc, &size)) {
		boot_note(t->bi, "device tree: GICv2 '%.32s' has no usable reg", n->name);
		return;
	}
	t->bi->gic_version = 2;
	t->bi->gicd = gicd;
	t->bi->gicc = gicc;
	t->gic_cells = fdt_u32(&t->fdt, n, "#interrupt-cells", 3);
}

static void visit_gicv3(struct tree *t, const struct fdt_node *n)
{
	u32 regions = fdt_u32(&t->fdt, n, "#redistributor-regions", 1);
	u64 gicd, base, size;
	u32 i;

	if (!fdt_reg_cpu(&t->fdt, n, 0, &gicd, &size) ||
	    !fdt_reg_cpu(&t->fdt, n, 1, &base, &size)) {
		boot_note(t->bi, "device tree: GICv3 '%.32s' has no usable reg", n->name);
		return;
	}
	t->bi->gic_version = 3;
	t->bi->gicd = gicd;
	t->gic_cells = fdt_u32(&t->fdt, n, "#interrupt-cells", 3);
	for (i = 0; i < regions && fdt_reg_cpu(&t->fdt, n, 1 + i, &base, &size); i++)
		facts_add_gicr(t->bi, base, size);
	if (i < regions)
		boot_note(t->bi, "device tree: GICv3 names %u redistributor regions, has %u",
			  regions, i);
}

/* Index of @name in interrupt-names, @missing if it is not there. */
static u32 interrupt_index(const struct tree *t, const struct fdt_node *n, const char *name,
			   u32 missing)
{
	struct fdt_prop names = fdt_prop(&t->fdt, n, "interrupt-names");
	const char *s = (const char *)names.data;
	u32 index = 0, left = names.len;

	for (; left; index++) {
		u32 len = strnlen(s, left);

		if (len == left)
			break;
		if (!strcmp(s, name))
			return index;
		s += len + 1;
		left -= len + 1;
	}
	return missing;
}

static void visit_timer(struct tree *t, const struct fdt_node *n)
{
	t->timer = fdt_prop(&t->fdt, n, "interrupts");
	t->timer_virt = interrupt_index(t, n, "virt", TIMER_VIRT);
	t->timer_phys = interrupt_index(t, n, "phys", TIMER_PHYS);
}

static void visit_pmu(struct tree *t, const struct fdt_node *n)
{
	t->pmu = fdt_prop(&t->fdt, n, "interrupts");
}

static void visit_fw_cfg(struct tree *t, const struct fdt_node *n)
{
	u64 size;

	fdt_reg_cpu(&t->fdt, n, 0, &t->bi->fw_cfg, &size);
}

/* The first one will do unless the firmware names one. */
static void use_uart(struct tree *t, const struct fdt_node *n, struct boot_uart uart)
{
	u64 size;

	if ((t->stdout ? fdt_at_path(n, t->stdout, t->stdout_len)
		       : t->bi->uart.type == UART_NONE) &&
	    fdt_reg_cpu(&t->fdt, n, 0, &uart.base, &size))
		t->bi->uart = uart;
}

static void visit_pl011(struct tree *t, const struct fdt_node *n)
{
	use_uart(t, n,
		 (struct boot_uart){.type = UART_PL011, .mmio = true, .stride = 4, .width = 4});
}

static void visit_ns16550(struct tree *t, const struct fdt_node *n)
{
	struct boot_uart uart = {.type = UART_NS16550, .mmio = true};

	uart.stride = fdt_u32(&t->fdt, n, "reg-shift", 0) == 2 ? 4 : 1;
	uart.width = fdt_u32(&t->fdt, n, "reg-io-width", 1) == 4 ? 4 : 1;
	use_uart(t, n, uart);
}

/* The Raspberry Pi's second UART: a 16550 in 32-bit slots, without saying so. */
static void visit_mini_uart(struct tree *t, const struct fdt_node *n)
{
	use_uart(t, n,
		 (struct boot_uart){.type = UART_NS16550, .mmio = true, .stride = 4, .width = 4});
}

struct device {
	const char *compatible;
	void (*visit)(struct tree *t, const struct fdt_node *n);
};

/* Compared whole: "arm,gic-v3-its" is another device than "arm,gic-v3". */
static const struct device devices[] = {
	{"arm,psci-0.2", visit_psci},
	{"arm,psci-1.0", visit_psci},
	{"arm,gic-v3", visit_gicv3},
	{"arm,gic-400", visit_gicv2},
	{"arm,cortex-a15-gic", visit_gicv2},
	{"arm,cortex-a9-gic", visit_gicv2},
	{"arm,cortex-a7-gic", visit_gicv2},
	{"arm,armv8-timer", visit_timer},
	{"arm,armv8-pmuv3", visit_pmu},
	{"arm,cortex-a53-pmu", visit_pmu},
	{"arm,cortex-a57-pmu", visit_pmu},
	{"arm,cortex-a72-pmu", visit_pmu},
	{"arm,cortex-a73-pmu", visit_pmu},
	{"arm,cortex-a76-pmu", visit_pmu},
	{"arm,neoverse-n1-pmu", visit_pmu},
	{"qemu,fw-cfg-mmio", visit_fw_cfg},
	{NULL, NULL},
};

static const struct device uarts[] = {
	{"arm,pl011", visit_pl011},
	{"arm,sbsa-uart", visit_pl011},
	{"ns16550a", visit_ns16550},
	{"ns16550", visit_ns16550},
	{"snps,dw-apb-uart", visit_ns16550},
	{"brcm,bcm2835-aux-uart", visit_mini_uart},
	{NULL, NULL},
};

static void visit_device(struct tree *t, const struct fdt_node *n, const struct device *known)
{
	struct fdt_prop compatible = fdt_prop(&t->fdt, n, "compatible");

	for (; compatible.data && known->compatible; known++) {
		if (!fdt_list_has(compatible, known->compatible))
			continue;
		if (fdt_enabled(&t->fdt, n))
			known->visit(t, n);
		return;
	}
}

static void visit_chosen(struct tree *t, const struct fdt_node *n)
{
	const char *args = fdt_string(&t->fdt, n, "bootargs");

	if (args && !t->bi->cmdline[0] &&
	    strlcpy(t->bi->cmdline, args, BOOT_CMDLINE) >= BOOT_CMDLINE)
		boot_note(t->bi, "device tree: bootargs longer than %u characters, cut off",
			  BOOT_CMDLINE - 1);
	t->stdout = fdt_string(&t->fdt, n, "stdout-path");
}

/* First walk: everything but what needs another node found first. */
static void visit_facts(void *ctx, const struct fdt_node *n)
{
	struct tree *t = ctx;

	if (is_child_of(n, "cpus")) {
		if (fdt_named(n, "cpu"))
			visit_cpu(t, n);
	} else if (is_top(n, "chosen")) {
		visit_chosen(t, n);
	} else if (is_top(n, "aliases")) {
		t->aliases = *n;
	} else if (fdt_has_string(&t->fdt, n, "device_type", "memory")) {
		visit_memory(t, n);
	} else {
		visit_device(t, n, devices);
	}
}

/* Second walk: the console, and memory that is not ours to use. */
static void visit_console_and_reserved(void *ctx, const struct fdt_node *n)
{
	struct tree *t = ctx;
	u64 base, size;

	visit_device(t, n, uarts);
	if (!t->want_mem || !is_child_of(n, "reserved-memory") || !fdt_enabled(&t->fdt, n))
		return;
	for (u32 i = 0; fdt_reg(&t->fdt, n, i, &base, &size); i++)
		facts_reserve(t->bi, base, size);
}

/* "serial0:115200n8" -> "/soc/serial@7e201000" */
static void resolve_stdout(struct tree *t)
{
	char alias[32];
	size_t len = 0;

	if (!t->stdout)
		return;
	while (t->stdout[len] && t->stdout[len] != ':')
		len++;
	t->stdout_len = len;
	if (t->stdout[0] == '/')
		return;
	strlcpy(alias, t->stdout, MIN(len + 1, sizeof(alias)));
	t->stdout = t->aliases.name ? fdt_string(&t->fdt, &t->aliases, alias) : NULL;
	t->stdout_len = t->stdout ? strlen(t->stdout) : 0;
	if (!t->stdout)
		boot_note(t->bi, "device tree: stdout-path names '%s', which is no alias", alias);
}

/* INTID of specifier @i, 0 if there is none of a GIC's shape. */
static u32 gic_intid(const struct tree *t, struct fdt_prop interrupts, u32 i)
{
	u32 cells = t->gic_cells, number;
	const u8 *p;

	if (cells < 3 || cells > 4 || interrupts.len % (cells * 4) ||
	    i >= interrupts.len / (cells * 4))
		return 0;
	p = interrupts.data + i * cells * 4;
	number = fdt_be32(p + 4);
	if (fdt_be32(p) == GIC_PPI)
		return number < 16 ? GIC_PPI_BASE + number : 0;
	return fdt_be32(p) == GIC_SPI && number < 988 ? GIC_SPI_BASE + number : 0;
}

static u32 private_intid(const struct tree *t, struct fdt_prop interrupts, u32 i, const char *what)
{
	u32 intid = gic_intid(t, interrupts, i);

	if (intid < GIC_SPI_BASE)
		return intid;
	boot_note(t->bi, "device tree: %s interrupt %u is not a private one, ignored", what, intid);
	return 0;
}

static void reserve_rest(struct tree *t)
{
	struct boot_info *bi = t->bi;
	u64 base, size;

	for (u32 i = 0; fdt_reservation(&t->fdt, i, &base, &size); i++)
		facts_reserve(bi, base, size);
	facts_reserve(bi, bi->fdt, t->fdt.size);
	facts_reserve(bi, bi->image_base, bi->image_size);
	for (u32 i = 0; i < bi->nr_cpus; i++)
		if (bi->cpu[i].park)
			facts_reserve(bi, bi->cpu[i].park & ~(u64)(PARK_PAGE - 1), PARK_PAGE);
}

static const char *fdt_map(struct tree *t, const struct phys_reader *mem)
{
	const u8 *p = mem->map(mem->ctx, t->bi->fdt, FDT_HEADER_SIZE);
	const char *wrong;

	if (!p)
		return "address is not readable";
	wrong = fdt_open(&t->fdt, p);
	if (wrong)
		return wrong;
	p = mem->map(mem->ctx, t->bi->fdt, t->fdt.size);
	return p ? fdt_open(&t->fdt, p) : "truncated, not all of it is readable";
}

int fdt_parse(struct boot_info *bi, const struct phys_reader *mem)
{
	struct tree t = {.bi = bi, .want_mem = !bi->nr_mem};
	const char *wrong = fdt_map(&t, mem);

	if (wrong) {
		boot_note(bi, "device tree at 0x%lx: %s", bi->fdt, wrong);
		return -EINVAL;
	}
	wrong = fdt_walk(&t.fdt, visit_facts, &t);
	if (wrong)
		boot_note(bi, "device tree at 0x%lx: %s", bi->fdt, wrong);
	resolve_stdout(&t);
	fdt_walk(&t.fdt, visit_console_and_reserved, &t);

	bi->vtimer_irq = private_intid(&t, t.timer, t.timer_virt, "virtual timer");
	bi->ptimer_irq = private_intid(&t, t.timer, t.timer_phys, "physical timer");
	bi->pmu_irq = private_intid(&t, t.pmu, 0, "PMU");
	for (u32 i = 0; i < bi->nr_cpus; i++)
		bi->cpu[i].pmu_irq = bi->pmu_irq;
	if (t.want_mem)
		reserve_rest(&t);
	if (bi->nr_cpus)
		return 0;
	boot_note(bi, "device tree at 0x%lx: no enabled core is listed", bi->fdt);
	return -EINVAL;
}
