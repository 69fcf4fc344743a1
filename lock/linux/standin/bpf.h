/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/bpf.h: BPF programs and their reports are not here; what is for them compiles away. */
#ifndef LINUX_STANDIN_BPF_H
#define LINUX_STANDIN_BPF_H

struct file;
struct bpf_prog;
struct bpf_stream_stage {
	int unused;
};
struct btf_kfunc_id_set {
	void *owner;
	const void *set;
};

#define __bpf_kfunc static __maybe_unused
#define __bpf_kfunc_start_defs()
#define __bpf_kfunc_end_defs()
#define BTF_KFUNCS_START(name) static const int __maybe_unused name;
#define BTF_ID_FLAGS(...)
#define BTF_KFUNCS_END(name)
#define BPF_PROG_TYPE_UNSPEC			  0
#define register_btf_kfunc_id_set(type, set)	  ((void)(set), 0)
#define bpf_prog_find_from_stack()		  ((struct bpf_prog *)NULL)
#define bpf_stream_stage(stage, prog, id, report) ((void)(stage), (void)(prog))

#endif
