//! How much memory it may take. Without a GPU the kernel holds the limit: memory of its own
//! that can be written, which is the cache, the buffers and unpacked weights, but not the
//! model's file, whose pages the system takes back when it wants. The drivers of GPUs reserve
//! far more than they use, so there the process looks at what it holds, and ends itself.

use std::{
    fs, process,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use rustix::process::{Resource, Rlimit};

/// Can this build use a GPU?
pub(in crate::engine) const HAS_GPU: bool =
    cfg!(any(feature = "cuda", feature = "vulkan", feature = "metal"));
/// For everything that is no model: frames, prompts, libraries, the stacks of threads.
const BASE: u64 = 1 << 30;
/// Over the plan, in percent.
const MARGIN: u64 = 10;
/// How often a process that holds its limit itself looks.
const LOOK: Duration = Duration::from_millis(500);
/// Its exit code then.
const OUT_OF_MEMORY: i32 = 70;

/// The limit in bytes; 0 where there is none.
static LIMIT: AtomicU64 = AtomicU64::new(0);

/// Limits this process to what it needs without a model.
#[cfg(target_os = "linux")]
pub(super) fn start() -> Result<(), String> {
    if HAS_GPU {
        let looking = thread::Builder::new().name("memory".into()).spawn(watch);
        looking.map_err(|error| format!("no thread can look at it: {error}"))?;
    }
    hold(BASE)
}

/// Raises the limit to what a model was planned with: weights, cache and buffers.
#[cfg_attr(not(feature = "llama"), expect(dead_code, reason = "only a model has a plan"))]
pub(in crate::engine) fn allow(plan: u64) {
    if LIMIT.load(Ordering::Relaxed) == 0 {
        return;
    }
    let limit = plan.saturating_add(plan / 100 * MARGIN).saturating_add(BASE);
    match hold(limit) {
        Ok(()) => tracing::info!("memory limit: {} MiB", limit >> 20),
        Err(reason) => tracing::warn!("cannot limit the memory: {reason}"),
    }
}

/// The limit in bytes, where there is one.
pub(in crate::engine) fn limit() -> Option<u64> {
    Some(LIMIT.load(Ordering::Relaxed)).filter(|&limit| limit > 0)
}

fn hold(limit: u64) -> Result<(), String> {
    if !HAS_GPU {
        // The user's own limit stands where it is lower.
        let most = rustix::process::getrlimit(Resource::Data).maximum;
        let current = most.map_or(limit, |most| most.min(limit));
        rustix::process::setrlimit(Resource::Data, Rlimit { current: Some(current), maximum: most })
            .map_err(|error| error.to_string())?;
    }
    LIMIT.store(limit, Ordering::Relaxed);
    Ok(())
}

/// Does a line of a log, or a reason, tell of memory that could not be had? The words are those
/// of Rust, of C++ and of ggml.
pub(in crate::engine) fn is_shortage(line: &str) -> bool {
    const SIGNS: [&str; 7] = [
        "memory allocation of",
        "bad_alloc",
        "insufficient memory",
        "failed to allocate",
        "unable to allocate",
        "Cannot allocate memory",
        "out of memory",
    ];
    SIGNS.iter().any(|sign| line.contains(sign))
}

/// Ends the process when it holds more than its limit.
fn watch() {
    loop {
        thread::sleep(LOOK);
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        if let Some(held) = over(&status, LIMIT.load(Ordering::Relaxed)) {
            tracing::error!("out of memory: it holds {} MiB", held >> 20);
            process::exit(OUT_OF_MEMORY);
        }
    }
}

/// What a process holds by its status, if that is more than the limit.
fn over(status: &str, limit: u64) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let held = line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10;
    (limit > 0 && held > limit).then_some(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_holds_is_its_own_memory_and_not_the_models_file() {
        let status = "VmRSS:\t 9000 kB\nRssAnon:\t    2048 kB\nRssFile:\t 6952 kB\n";
        assert_eq!(over(status, 1 << 20), Some(2 << 20));
        assert_eq!(over(status, 2 << 20), None);
        assert_eq!(over(status, 0), None);
        assert_eq!(over("nothing", 1), None);
    }
}
