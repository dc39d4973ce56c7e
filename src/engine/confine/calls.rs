//! Which system calls it may make, by a filter in the kernel: no sockets, no other program, no
//! other process, nothing that changes the system or a file by its name. A call that is not
//! allowed fails; a library that tries one goes on without.

use std::{collections::BTreeMap, process};

use libc::c_long;
use seccompiler::{
    SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpArgLen::Qword, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule,
};

/// Sockets. Without them the rest of the network's calls have nothing to work on; those of a
/// pair that is connected already are harmless.
const NETWORK: [c_long; 6] = [
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
];

/// What neither llama.cpp nor a driver needs.
const REFUSED: &[c_long] = &[
    // Other programs and processes.
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    // Memory and messages shared with them by number.
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_semget,
    libc::SYS_msgget,
    libc::SYS_mq_open,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // Other roots and other file systems.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_quotactl,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // What Landlock leaves alone: owners, rights, attributes and times of files; watching them.
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    SYS_FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    SYS_SETXATTRAT,
    SYS_REMOVEXATTRAT,
    libc::SYS_truncate,
    libc::SYS_inotify_init1,
    libc::SYS_inotify_add_watch,
    libc::SYS_fanotify_init,
    // The kernel itself.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
];

/// Newer than the names in `libc`; the same numbers everywhere.
const SYS_FCHMODAT2: c_long = 452;
const SYS_SETXATTRAT: c_long = 463;
const SYS_REMOVEXATTRAT: c_long = 466;

/// What only this processor's list of calls has.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_inotify_init,
    libc::SYS_iopl,
    libc::SYS_ioperm,
    libc::SYS_modify_ldt,
    libc::SYS_kexec_file_load,
];
#[cfg(not(target_arch = "x86_64"))]
const OLDER: &[c_long] = &[];

/// Calls that must look as if the kernel did not know them, so that libraries take an older
/// way. `clone3` has its flags in memory, where a filter cannot see them: `clone` has not.
const UNKNOWN: [c_long; 4] =
    [libc::SYS_clone3, libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];

/// On x86-64 every call has a second number, for programs with short pointers; and some have a
/// third one, from here on.
#[cfg(target_arch = "x86_64")]
const SHORT_POINTERS: c_long = 0x4000_0000;
#[cfg(target_arch = "x86_64")]
const SHORT_POINTERS_OWN: std::ops::RangeInclusive<c_long> = 512..=547;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Filters the calls of this thread and of all that it starts, with the network or without.
pub(super) fn restrict(network: bool) -> Result<(), String> {
    // In this order: behind the second nothing can be changed that the first would need.
    install(unconditional(&UNKNOWN), libc::ENOSYS)
        .and_then(|()| refused(network).and_then(|rules| install(rules, libc::EPERM)))
        .map_err(|error| format!("the kernel takes no filter of system calls: {error}"))
}

fn install(rules: Rules, answer: i32) -> Result<(), seccompiler::Error> {
    let answer = SeccompAction::Errno(answer.unsigned_abs());
    let processor = std::env::consts::ARCH.try_into()?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, answer, processor)?;
    let program: Vec<_> = filter.try_into()?;
    seccompiler::apply_filter(&program)
}

fn unconditional(calls: &[c_long]) -> Rules {
    let mut rules = Rules::new();
    for &call in calls {
        rules.insert(call, Vec::new());
        #[cfg(target_arch = "x86_64")]
        rules.insert(call | SHORT_POINTERS, Vec::new());
    }
    rules
}

fn refused(network: bool) -> Result<Rules, seccompiler::Error> {
    let mut rules = unconditional(REFUSED);
    rules.append(&mut unconditional(OLDER));
    if !network {
        rules.append(&mut unconditional(&NETWORK));
    }
    #[cfg(target_arch = "x86_64")]
    rules.extend(SHORT_POINTERS_OWN.map(|call| (call | SHORT_POINTERS, Vec::new())));

    let own = u64::from(process::id());
    let differs = |argument, value| SeccompCondition::new(argument, Dword, SeccompCmpOp::Ne, value);
    // Threads, no processes.
    let no_thread = SeccompCmpOp::MaskedEq(libc::CLONE_THREAD as u64);
    let no_thread = SeccompRule::new(vec![SeccompCondition::new(0, Qword, no_thread, 0)?])?;
    rules.insert(libc::SYS_clone, vec![no_thread]);
    // Signals to itself: an abort is one.
    for call in [libc::SYS_kill, libc::SYS_tgkill] {
        rules.insert(call, vec![SeccompRule::new(vec![differs(0, own)?])?]);
    }
    // Limits of its own.
    let another = SeccompRule::new(vec![differs(0, own)?, differs(0, 0)?])?;
    rules.insert(libc::SYS_prlimit64, vec![another]);
    // Times of a file that it has open, and not of one that it can name.
    let by_name = SeccompCondition::new(1, Qword, SeccompCmpOp::Ne, 0)?;
    rules.insert(libc::SYS_utimensat, vec![SeccompRule::new(vec![by_name])?]);
    Ok(rules)
}
