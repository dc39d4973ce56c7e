//! The worker as a process: its standard output is for frames alone, it dies with its
//! parent, it leaves no core file of a model's memory, and no other program looks into it.

use std::{fs::File, io};

use rustix::process::{Resource, Rlimit, Signal};

#[cfg(target_os = "linux")]
use crate::engine::confine;

/// Takes standard output for the frames and points file descriptor 1 to standard error,
/// so that nothing that C++ prints ends between two frames.
pub(super) fn take_stdout() -> io::Result<File> {
    let frames = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3)?;
    rustix::stdio::dup2_stdout(rustix::stdio::stderr())?;
    Ok(File::from(frames))
}

/// What cannot be had is logged; the worker works without.
pub(super) fn harden() {
    if let Err(error) = rustix::process::set_parent_process_death_signal(Some(Signal::KILL)) {
        tracing::warn!("cannot tie the worker to its parent: {error}");
    }
    let nothing = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = rustix::process::setrlimit(Resource::Core, nothing) {
        tracing::warn!("cannot forbid core files: {error}");
    }
    #[cfg(target_os = "linux")]
    shut();
}

/// The drivers of GPUs look into their own process by ways that this closes; elsewhere nobody
/// has to.
#[cfg(target_os = "linux")]
fn shut() {
    use rustix::process::DumpableBehavior;

    if let Err(error) = rustix::thread::set_no_new_privs(true) {
        tracing::warn!("cannot give up new privileges: {error}");
    }
    if confine::memory::HAS_GPU {
        return;
    }
    if let Err(error) = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!("cannot forbid debuggers: {error}");
    }
}
