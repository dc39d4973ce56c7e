//! Cores that other processes use: what is busy less what this program and its children are.

use std::{fs, path::Path};

/// Ticks of the processors since the machine started.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Ticks {
    busy: u64,
    all: u64,
    own: u64,
    processors: u32,
}

/// Counts from the sample before.
pub(super) struct Others {
    before: Option<Ticks>,
}

impl Others {
    pub(super) fn new() -> Self {
        Self { before: ticks(Path::new("/proc")) }
    }

    /// Since the sample before; `None` where the kernel does not tell.
    pub(super) fn sample(&mut self) -> Option<f32> {
        let now = ticks(Path::new("/proc"));
        let before = std::mem::replace(&mut self.before, now);
        between(before?, now?)
    }
}

fn between(before: Ticks, now: Ticks) -> Option<f32> {
    let passed = |of: fn(&Ticks) -> u64| of(&now).saturating_sub(of(&before));
    let all = Some(passed(|ticks| ticks.all)).filter(|all| *all > 0)?;
    // A child that ended takes its ticks with it: others seem to use more then, never less.
    let others = passed(|ticks| ticks.busy).saturating_sub(passed(|ticks| ticks.own));
    Some(others as f32 / all as f32 * now.processors as f32)
}

fn ticks(proc: &Path) -> Option<Ticks> {
    let stat = fs::read_to_string(proc.join("stat")).ok()?;
    let mut lines = stat.lines();
    let total: Vec<u64> =
        lines.next()?.strip_prefix("cpu ")?.split_whitespace().flat_map(str::parse).collect();
    let idle = total.get(3)? + total.get(4).unwrap_or(&0);
    // The columns after the eighth are already in the first.
    let all: u64 = total.iter().take(8).sum();
    let processors = lines.take_while(|line| line.starts_with("cpu")).count();
    let own = proc.join("self");
    let mut used = used(&own.join("stat"))?;
    for task in fs::read_dir(own.join("task")).ok()?.flatten() {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        let of_children =
            children.split_whitespace().filter_map(|id| self::used(&proc.join(id).join("stat")));
        used += of_children.sum::<u64>();
    }
    Some(Ticks {
        busy: all.saturating_sub(idle),
        all,
        own: used,
        processors: u32::try_from(processors).ok()?,
    })
}

/// Ticks of a process, in user mode and in the kernel.
fn used(stat: &Path) -> Option<u64> {
    let stat = fs::read_to_string(stat).ok()?;
    // Its name, in parentheses, may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn own_work_and_that_of_children_is_not_others() {
        let proc = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = proc.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let own = |ticks: u64| format!("1 (a ) b) S 0 0 0 0 0 0 0 0 0 0 {ticks} 5 0 0");
        write("stat", "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1\ncpu1 1\nintr 5\n");
        write("self/stat", &own(10));
        write("self/task/1/children", "7 ");
        write("7/stat", &own(20));
        let before = ticks(proc.path()).unwrap();
        assert_eq!(before, Ticks { busy: 150, all: 1000, own: 40, processors: 2 });
        let after = |busy: u64, own: u64| Ticks { busy: 150 + busy, all: 1200, own: 40 + own, processors: 2 };
        assert_eq!(between(before, after(100, 60)), Some(0.4));
        assert_eq!(between(before, after(100, 120)), Some(0.0));
        assert_eq!(between(before, Ticks { own: 0, ..after(100, 0) }), Some(1.0));
        assert_eq!(between(before, before), None);
    }

    #[test]
    fn this_machine_tells() {
        let mut others = Others::new();
        while ticks(Path::new("/proc")).map(|ticks| ticks.all) == others.before.map(|ticks| ticks.all) {
            std::thread::yield_now();
        }
        assert!(others.sample().is_some_and(|cores| cores >= 0.0));
    }
}
