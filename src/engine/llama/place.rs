//! Where a model runs: devices, layers on them, threads, and whether these are still right.

use std::{thread, time::Duration};

#[cfg(feature = "dynamic")]
use llama_cpp_2::LlamaBackendDevice;
use llama_cpp_2::{LlamaBackendDeviceType, list_llama_ggml_backend_devices};

#[cfg(feature = "dynamic")]
use crate::text::sanitize::Shown;
use crate::{
    engine::{
        fallback::Signs,
        gguf::Header,
        offload::{self, Attempt, Gpu, Offload},
    },
    report::model::Params,
};

/// How long the load of the processors is looked at.
const SAMPLE: Duration = Duration::from_millis(60);

/// Ticks of a core, summed, over which the load says something: a quarter of a second at the usual 100 Hz.
const TELLING: u64 = 25;

/// Devices and threads for a model.
pub(super) struct Place {
    gpus: Vec<Gpu>,
    offload: Offload,
    /// Why no GPU is used, where one could be expected to be.
    refusal: Option<String>,
    /// Threads for decoding.
    pub(super) threads: u32,
}

impl Place {
    /// Plans by what is free now, on these GPUs.
    pub(super) fn find(header: &Header, params: &Params, gpus: Vec<Gpu>) -> Self {
        let offload = offload::plan(header, params, &gpus);
        let refusal = if params.num_gpu == Some(0) {
            None
        } else if gpus.is_empty() {
            Signs::take().reason().map(|reason| reason.lack)
        } else {
            offload::refusal(&offload, params, &gpus)
        };
        if !gpus.is_empty() {
            let mebibytes: Vec<u64> = offload.bytes.iter().map(|bytes| bytes >> 20).collect();
            tracing::info!("planned: {}, {mebibytes:?} MiB of {gpus:?}", offload.first);
        }
        let threads = params.threads.filter(|&threads| threads > 0).unwrap_or_else(free_threads);
        Self { gpus, offload, refusal, threads: threads.min(cores().max(1)) }
    }

    /// Ways to load it, in order: what does not fit is tried with less.
    pub(super) fn attempts(&self, params: &Params) -> Vec<Attempt> {
        offload::steps(self.offload.first, params)
    }

    /// What runs it, for people.
    pub(super) fn device(&self, layers: u32) -> String {
        if layers == 0 {
            return "CPU".to_owned();
        }
        let names: Vec<&str> = self.gpus.iter().map(|gpu| gpu.name.as_str()).collect();
        names.join(", ")
    }

    /// Why it runs on the processor alone; `failed` is why the last way with a GPU did not work.
    pub(super) fn fallback(&self, layers: u32, failed: Option<&str>) -> Option<String> {
        if layers > 0 {
            return None;
        }
        failed.map(|reason| format!("the GPU failed: {reason}")).or_else(|| self.refusal.clone())
    }
}

/// The GPUs that llama.cpp would use, with what is free there now: those that share the
/// processor's memory only where there is no other.
pub(super) fn gpus() -> Vec<Gpu> {
    let devices = list_llama_ggml_backend_devices();
    let of = |kind: LlamaBackendDeviceType| {
        let those = devices.iter().filter(move |device| device.device_type == kind);
        those.map(|device| Gpu {
            name: format!("{} {}", device.name, device.description).trim().to_owned(),
            free: device.memory_free as u64,
            total: device.memory_total as u64,
        })
    };
    let own: Vec<Gpu> = of(LlamaBackendDeviceType::Gpu).collect();
    if own.is_empty() { of(LlamaBackendDeviceType::IntegratedGpu).take(1).collect() } else { own }
}

/// Loads the backends that lie beside the executable, and no others: by itself ggml would
/// also look into the current folder. Without one for the processor nothing can run.
#[cfg(feature = "dynamic")]
pub(super) fn load_backends() -> Result<(), String> {
    let folder = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("backends")));
    let folder = folder
        .filter(|folder| folder.is_dir() && folder.to_str().is_some())
        .ok_or("there is no folder `backends` beside the program; unpack the whole archive")?;
    llama_cpp_2::llama_backend::load_backends_from_path(&folder);
    let is_processor = |device: &LlamaBackendDevice| device.device_type == LlamaBackendDeviceType::Cpu;
    if !list_llama_ggml_backend_devices().iter().any(is_processor) {
        let folder = Shown::from_path(&folder);
        return Err(format!("no backend for this processor in `{folder}`; unpack the whole archive"));
    }
    Ok(())
}

/// Watches between calls whether the threads are still as many as there are free cores.
pub(super) struct Cores {
    since: Option<(Ticks, u64)>,
}

impl Cores {
    pub(super) fn watch() -> Self {
        Self { since: ticks().zip(own_ticks()) }
    }

    /// Threads for the next call by what others used since the last time this told something;
    /// `None` where that is too short ago or cannot be seen.
    pub(super) fn threads(&mut self) -> Option<u32> {
        let now = ticks().zip(own_ticks())?;
        let before = *self.since.get_or_insert(now);
        if now.0.1.saturating_sub(before.0.1) < TELLING * u64::from(now.0.2) {
            return None;
        }
        self.since = Some(now);
        Some(beside(before, now).clamp(1, most_threads()))
    }
}

/// Cores that others leave free: what this process used itself counts as free.
fn beside((before, own_before): (Ticks, u64), (now, own_now): (Ticks, u64)) -> u32 {
    let own = own_now.saturating_sub(own_before);
    free(before, (now.0.saturating_add(own).min(before.0 + now.1.saturating_sub(before.1)), now.1, now.2))
}

/// Ticks that this process has used.
fn own_ticks() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
}

/// One core stays with the screen.
pub(super) fn most_threads() -> u32 {
    cores().saturating_sub(1).max(1)
}

fn cores() -> u32 {
    thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1))
}

/// Cores that are free now, one less than there are at most: with more threads than free
/// cores every step waits for the slowest.
fn free_threads() -> u32 {
    let most = most_threads();
    let before = ticks();
    thread::sleep(SAMPLE);
    match (before, ticks()) {
        (Some(before), Some(after)) => free(before, after).clamp(1, most),
        _ => most,
    }
}

/// Idle ticks, all ticks, processors.
type Ticks = (u64, u64, u32);

fn ticks() -> Option<Ticks> {
    parse(&std::fs::read_to_string("/proc/stat").ok()?)
}

fn parse(stat: &str) -> Option<Ticks> {
    let mut lines = stat.lines();
    let total: Vec<u64> =
        lines.next()?.strip_prefix("cpu ")?.split_whitespace().flat_map(str::parse).collect();
    let idle = total.get(3)? + total.get(4).unwrap_or(&0);
    // The columns after the eighth are already in the first.
    let all = total.iter().take(8).sum();
    let processors = lines.take_while(|line| line.starts_with("cpu")).count();
    Some((idle, all, u32::try_from(processors).ok()?))
}

fn free(before: Ticks, after: Ticks) -> u32 {
    let (idle, all) = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
    if all == 0 {
        return 1;
    }
    (idle as f64 / all as f64 * f64::from(after.2)).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_cores_are_those_that_idle() {
        let stat = "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 1 1\ncpu1 1 1 1\nintr 5\n";
        assert_eq!(parse(stat), Some((850, 1000, 2)));
        assert_eq!(parse("nonsense"), None);
        assert_eq!(free((0, 0, 8), (75, 100, 8)), 6);
        assert_eq!(free((0, 0, 8), (0, 100, 8)), 0);
        assert_eq!(free((5, 5, 8), (5, 5, 8)), 1);
    }

    #[test]
    fn what_the_engine_uses_itself_is_free_for_it() {
        // Of eight cores four are idle, two are its own, two are others'.
        assert_eq!(beside(((0, 0, 8), 100), ((400, 800, 8), 300)), 6);
        assert_eq!(beside(((0, 0, 8), 0), ((400, 800, 8), 9000)), 8);
        assert_eq!(beside(((0, 0, 8), 0), ((0, 800, 8), 0)), 0);
    }

    #[test]
    fn own_ticks_are_read() {
        assert!(own_ticks().is_some());
    }
}
