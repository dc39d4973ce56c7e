//! Whether a worker died for want of memory, by what it said last.

use std::fs;

use crate::engine::confine::memory::is_shortage;

/// What a process held of memory may be at most, as the system enforces it; to be asked before
/// the process is reaped.
pub(super) fn limit_of(process: u32) -> Option<u64> {
    limit(&fs::read_to_string(format!("/proc/{process}/limits")).ok()?)
}

fn limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max data size"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The cause of a death by want of memory, with what to do; `None` where it had another one.
pub(super) fn shortage(how: &str, log: &[String], limit: Option<u64>) -> Option<String> {
    log.iter().rev().find(|line| is_shortage(line))?;
    let limit = limit.map_or(String::new(), |bytes| format!(" (its limit was {} MiB)", bytes >> 20));
    Some(format!(
        "the engine process ran out of memory{limit} and {how}; take a smaller model or a smaller num_ctx, or \
         close what uses the memory"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_for_want_of_memory_says_so_and_what_to_do() {
        let log = vec!["INFO x".to_owned(), "memory allocation of 4096 bytes failed".to_owned()];
        let cause = shortage("was ended by SIGABRT", &log, Some(1 << 30)).unwrap_or_default();
        assert!(cause.contains("ran out of memory (its limit was 1024 MiB)"), "{cause}");
        assert!(cause.contains("smaller num_ctx"), "{cause}");
        assert_eq!(shortage("was ended by SIGABRT", &["GGML_ASSERT(x)".to_owned()], None), None);
    }

    #[test]
    fn the_limit_is_read_as_the_system_prints_it() {
        let limits =
            "Max cpu time    unlimited  unlimited  seconds\nMax data size   1073741824  unlimited  bytes\n";
        assert_eq!(limit(limits), Some(1 << 30));
        assert_eq!(limit("Max data size  unlimited  unlimited  bytes"), None);
    }
}
