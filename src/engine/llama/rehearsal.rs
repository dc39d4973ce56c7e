//! GPUs that are not there, so that planning and stepping down can be seen on any machine: their
//! memory is as the environment says, the first loads on them fail, and the rest runs on the processor.

use std::{cell::Cell, env};

use crate::engine::offload::Gpu;

/// `8000,4000:2`: free MiB of each, and how many loads fail.
const VARIABLE: &str = "CHIMERA_INSIGHT_TEST_GPU";

/// Made-up GPUs.
#[derive(Debug, PartialEq)]
pub(super) struct Rehearsal {
    pub(super) gpus: Vec<Gpu>,
    failures: Cell<u32>,
}

impl Rehearsal {
    pub(super) fn asked_for() -> Option<Self> {
        Self::of(&env::var(VARIABLE).ok()?)
    }

    fn of(text: &str) -> Option<Self> {
        let (sizes, failures) = text.split_once(':').unwrap_or((text, "0"));
        let sizes: Vec<u64> = sizes.split(',').map(|size| size.parse().ok()).collect::<Option<_>>()?;
        let gpus = sizes.into_iter().enumerate().map(|(number, size)| {
            let size = size.saturating_mul(1 << 20);
            Gpu { name: format!("test GPU {number}"), free: size, total: size }
        });
        Some(Self { gpus: gpus.collect(), failures: Cell::new(failures.parse().ok()?) })
    }

    /// Does this load fail?
    pub(super) fn fails(&self) -> bool {
        let left = self.failures.get();
        self.failures.set(left.saturating_sub(1));
        left > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_loads_fail() {
        let rehearsal = Rehearsal::of("800,400:2");
        let sizes =
            rehearsal.as_ref().map(|rehearsal| rehearsal.gpus.iter().map(|gpu| gpu.free >> 20).collect());
        assert_eq!(sizes, Some(vec![800, 400]));
        let fails = rehearsal.map(|rehearsal| [(); 3].map(|()| rehearsal.fails()));
        assert_eq!(fails, Some([true, true, false]));
        assert_eq!(Rehearsal::of("much"), None);
        assert_eq!(Rehearsal::of("1:x"), None);
    }
}
