//! The GPU belongs to what is benchmarked: a model that lies on it makes way when another process
//! needs it. Judged by what the meters see of the processes there.

use std::collections::BTreeMap;

use super::{App, EngineState, effect::Effect, notices::Severity};
use crate::{
    meters::{GpuProcess, Sample},
    report::model::Reserve,
    text::sanitize::Shown,
};

/// A process that takes so much more needs the GPU; less is what an idle one lets and takes.
const GROWTH: u64 = 64 << 20;
/// While a report is written, this share of the reserve must be gone before the model makes way.
const SHORT: u64 = 4;

/// Who else was on the GPUs when the model was loaded, by process and GPU, with their bytes there.
#[derive(Debug, Default)]
pub(super) struct Yielding {
    before: Option<BTreeMap<(u32, usize), u64>>,
}

/// A process that needs the GPU.
#[derive(Debug, PartialEq)]
struct Claim {
    name: Shown,
    id: u32,
    /// It was not there before.
    is_new: bool,
    /// Bytes free on that GPU.
    free: u64,
    /// Bytes that should be.
    reserve: u64,
}

impl Yielding {
    /// Who claims a GPU since the model was loaded. Where our own process is not seen there,
    /// others' cannot be told from it, and nobody does.
    fn look(&mut self, sample: &Sample, reserve: Reserve) -> Option<Claim> {
        let seen = || {
            sample
                .gpus
                .iter()
                .enumerate()
                .flat_map(|(number, gpu)| gpu.processes.iter().map(move |process| (number, gpu, process)))
        };
        if !seen().any(|(_, _, process)| process.is_own) {
            return None;
        }
        let others = || seen().filter(|(_, _, process)| !process.is_own);
        let bytes = |process: &GpuProcess| process.memory.unwrap_or(0);
        let Some(before) = &self.before else {
            self.before =
                Some(others().map(|(number, _, other)| ((other.id, number), bytes(other))).collect());
            return None;
        };
        others().find_map(|(number, gpu, other)| {
            let (used, total) = gpu.memory.unwrap_or((0, u64::MAX));
            let (free, reserve) = (total.saturating_sub(used), reserve.of(total));
            let had = before.get(&(other.id, number));
            let has_grown = had.is_some_and(|had| bytes(other) >= had.saturating_add(GROWTH));
            let claim =
                Claim { name: other.name.clone(), id: other.id, is_new: had.is_none(), free, reserve };
            (claim.is_new || (has_grown && free < reserve)).then_some(claim)
        })
    }
}

impl App {
    /// Unloads the model when somebody else needs the GPU that it lies on.
    pub(super) fn yield_gpu(&mut self) -> Option<Effect> {
        let is_on_gpu = self.model.as_ref().is_some_and(|model| model.layers_offloaded > 0);
        if !self.settings.yield_gpu || self.engine != EngineState::Ready || !is_on_gpu {
            self.yielding = Yielding::default();
            return None;
        }
        let reserve = self.params.gpu_reserve.unwrap_or_default();
        let claim = self.yielding.look(self.machine.latest()?, reserve)?;
        let is_busy = self.report.is_busy();
        if is_busy && claim.free >= claim.reserve / SHORT {
            return None;
        }
        self.yielding = Yielding::default();
        let Claim { name, id, is_new, free, .. } = claim;
        let why = if is_new { "uses the GPU now" } else { "takes more of the GPU" };
        let left = if is_busy { format!(", {} MiB are free", free >> 20) } else { String::new() };
        let what =
            if is_busy { "the report ends here and the model is unloaded" } else { "the model is unloaded" };
        self.say(Severity::Warning, &format!("`{name}` (process {id}) {why}{left}: {what} (yield_gpu)"));
        if !is_busy {
            self.engine = EngineState::Idle;
        }
        Some(Effect::UnloadModel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meters::Gpu;

    const MIB: u64 = 1 << 20;

    /// A GPU of 8,000 MiB with our process and others, each with its MiB.
    fn sample(used: u64, others: &[(u32, u64)]) -> Sample {
        let process = |id, memory, is_own| GpuProcess {
            id,
            name: Shown::new("train"),
            memory: Some(memory * MIB),
            is_own,
        };
        let mut processes = vec![process(1, 900, true)];
        processes.extend(others.iter().map(|&(id, memory)| process(id, memory, false)));
        let gpu = Gpu { memory: Some((used * MIB, 8000 * MIB)), processes, ..Gpu::default() };
        Sample { gpus: vec![gpu], ..Sample::default() }
    }

    fn claims(samples: &[Sample]) -> Vec<Option<(u32, bool)>> {
        let mut yielding = Yielding::default();
        let look = |sample| yielding.look(sample, Reserve::default()).map(|claim| (claim.id, claim.is_new));
        samples.iter().map(look).collect()
    }

    #[test]
    fn who_comes_needs_the_gpu_and_who_was_there_does_not() {
        let there = sample(3000, &[(7, 2000)]);
        assert_eq!(claims(&[there.clone(), there.clone()]), [None, None]);
        assert_eq!(claims(&[there, sample(3100, &[(7, 2000), (9, 10)])]), [None, Some((9, true))]);
    }

    #[test]
    fn who_grows_needs_it_only_where_the_reserve_is_touched() {
        let before = sample(3000, &[(7, 2000)]);
        let after = |used, memory| claims(&[before.clone(), sample(used, &[(7, memory)])])[1];
        assert_eq!(after(7000, 6000), None);
        assert_eq!(after(7600, 6600), Some((7, false)));
        assert_eq!(after(7600, 2063), None);
    }

    #[test]
    fn where_the_own_process_is_not_seen_nobody_claims_anything() {
        let mut hidden = sample(3000, &[]);
        hidden.gpus[0].processes = sample(3000, &[(9, 100)]).gpus[0].processes.split_off(1);
        assert_eq!(claims(&[sample(3000, &[]), hidden]), [None, None]);
        assert_eq!(claims(&[Sample::default(), Sample::default()]), [None, None]);
    }
}
