//! What the machine is doing: processor, memory, and the GPU where there is one.
//!
//! NVIDIA's library is looked for at run time (NVML); without it, and for other makers, the
//! kernel's files tell what they know. What cannot be read is `None`, never zero.

mod kernel;
mod nvidia;
mod others;

use std::{path::Path, time::Duration};

use sysinfo::System;

use self::{kernel::Kernel, nvidia::Nvidia, others::Others};
use crate::text::sanitize::Shown;

/// Between two samples. One costs a tenth of a millisecond, with a GPU some milliseconds: under
/// a hundredth of a core.
pub const EVERY: Duration = Duration::from_secs(2);

/// The machine at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// Share of all processors in use since the sample before, 0 to 1.
    pub cpu: Option<f32>,
    /// Cores that processes other than this program's use, on the mean since the sample before.
    pub others: Option<f32>,
    /// Memory in use and in all, bytes.
    pub memory: Option<(u64, u64)>,
    /// The processor slowed itself down since the sample before, because it is hot.
    pub is_cpu_throttled: bool,
    /// Each GPU.
    pub gpus: Vec<Gpu>,
}

/// A GPU at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gpu {
    /// As its driver names it.
    pub name: Shown,
    /// Share of the last moments in which it computed, 0 to 1.
    pub load: Option<f32>,
    /// Memory in use and in all, bytes.
    pub memory: Option<(u64, u64)>,
    /// Degrees Celsius.
    pub temperature: Option<u32>,
    /// Watts.
    pub power: Option<f32>,
    /// Who computes on it, as far as the driver tells.
    pub processes: Vec<GpuProcess>,
    /// Why it runs slower than it could; `None`: it does not, or does not say.
    pub throttled: Option<&'static str>,
}

/// A process that computes on a GPU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GpuProcess {
    /// Its id.
    pub id: u32,
    /// Its name; empty where it may not be seen.
    pub name: Shown,
    /// Bytes of the GPU's memory that it holds.
    pub memory: Option<u64>,
    /// It is this program, or was started by it.
    pub is_own: bool,
}

impl Sample {
    /// What slowed the machine down at that moment, if anything did.
    pub fn throttled(&self) -> Option<&'static str> {
        let cpu = self.is_cpu_throttled.then_some("processor too hot");
        self.gpus.iter().find_map(|gpu| gpu.throttled).or(cpu)
    }
}

/// Takes samples; keeps what the next one is counted from.
pub struct Meters {
    system: Option<System>,
    kernel: Kernel,
    others: Others,
    nvidia: Option<Nvidia>,
}

impl Default for Meters {
    fn default() -> Self {
        Self::new(Path::new("/sys"))
    }
}

impl Meters {
    /// The GPUs, as their drivers name them.
    pub fn gpu_names(&self) -> Vec<Shown> {
        let mut gpus = self.nvidia.as_ref().map(Nvidia::sample).unwrap_or_default();
        gpus.extend(self.kernel.gpus());
        gpus.into_iter().map(|gpu| gpu.name).collect()
    }

    /// Version of the GPU's driver, where it has one that tells.
    pub fn driver(&self) -> Option<Shown> {
        self.nvidia.as_ref().and_then(Nvidia::driver)
    }

    /// Of this machine; `sys` is where the kernel's files are.
    pub fn new(sys: &Path) -> Self {
        let mut system = System::new().ok();
        if let Some(system) = &mut system {
            system.refresh_cpu_usage();
        }
        Self { system, kernel: Kernel::new(sys), others: Others::new(), nvidia: Nvidia::new() }
    }

    /// The machine now. The processor's share is that of the time since the sample before; the
    /// first one says nothing of it.
    pub fn sample(&mut self) -> Sample {
        let system = self.system.as_mut().map(|system| {
            system.refresh_cpu_usage();
            system.refresh_memory();
            &*system
        });
        let mut gpus = self.nvidia.as_ref().map(Nvidia::sample).unwrap_or_default();
        gpus.extend(self.kernel.gpus());
        Sample {
            cpu: system.map(|system| (system.global_cpu_usage() / 100.0).clamp(0.0, 1.0)),
            memory: system.map(|system| (system.used_memory(), system.total_memory())),
            others: self.others.sample(),
            is_cpu_throttled: self.kernel.was_throttled(),
            gpus,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_memory_and_a_processor() {
        let mut meters = Meters::default();
        meters.sample();
        let sample = meters.sample();
        assert!(sample.memory.is_some_and(|(used, total)| used > 0 && used <= total), "{sample:?}");
        assert!(sample.cpu.is_some_and(|cpu| (0.0..=1.0).contains(&cpu)), "{sample:?}");
    }

    #[test]
    fn a_throttled_gpu_is_named_before_the_processor() {
        let mut sample = Sample { is_cpu_throttled: true, ..Sample::default() };
        assert_eq!(sample.throttled(), Some("processor too hot"));
        sample.gpus = vec![Gpu::default(), Gpu { throttled: Some("power cap"), ..Gpu::default() }];
        assert_eq!(sample.throttled(), Some("power cap"));
        assert_eq!(Sample::default().throttled(), None);
    }
}
