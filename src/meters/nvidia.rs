//! NVIDIA's GPUs, by the library that comes with their driver.

use std::fs;

use nvml_wrapper::{
    Device, Nvml, bitmasks::device::ThrottleReasons, enum_wrappers::device::TemperatureSensor,
    enums::device::UsedGpuMemory,
};

use super::{Gpu, GpuProcess};
use crate::text::sanitize::Shown;

/// The library, where the machine has it.
pub(super) struct Nvidia(Nvml);

impl Nvidia {
    pub fn new() -> Option<Self> {
        Nvml::init().ok().map(Self)
    }

    pub fn driver(&self) -> Option<Shown> {
        self.0.sys_driver_version().ok().map(|version| Shown::new(&version))
    }

    pub fn sample(&self) -> Vec<Gpu> {
        let count = self.0.device_count().unwrap_or(0);
        let devices = (0..count).filter_map(|index| self.0.device_by_index(index).ok());
        devices
            .map(|device| Gpu {
                name: Shown::new(&device.name().unwrap_or_default()),
                load: device.utilization_rates().ok().map(|rates| rates.gpu as f32 / 100.0),
                memory: device.memory_info().ok().map(|memory| (memory.used, memory.total)),
                temperature: device.temperature(TemperatureSensor::Gpu).ok(),
                power: device.power_usage().ok().map(|milliwatts| milliwatts as f32 / 1000.0),
                processes: processes(&device),
                throttled: device.current_throttle_reasons().ok().and_then(reason),
            })
            .collect()
    }
}

/// Between a process of ours and this program: a benchmark of the screen's has an engine of its own.
const GENERATIONS: usize = 4;

fn processes(device: &Device<'_>) -> Vec<GpuProcess> {
    let processes = device.running_compute_processes().unwrap_or_default();
    let of = |id: u32| fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
    let told = processes.into_iter().map(|process| GpuProcess {
        id: process.pid,
        name: Shown::new(of(process.pid).trim()),
        memory: match process.used_gpu_memory {
            UsedGpuMemory::Used(bytes) => Some(bytes),
            UsedGpuMemory::Unavailable => None,
        },
        is_own: is_own(process.pid, std::process::id()),
    });
    told.collect()
}

/// Is it this program, or does it descend from it?
fn is_own(id: u32, program: u32) -> bool {
    let lineage = std::iter::successors(Some(id), |&id| parent(id));
    lineage.take(GENERATIONS).any(|id| id == program)
}

fn parent(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split_whitespace().nth(1)?.parse().ok()
}

/// The reason that matters most; an idle GPU and clocks that somebody set are no throttling.
fn reason(reasons: ThrottleReasons) -> Option<&'static str> {
    let named = [
        (ThrottleReasons::HW_THERMAL_SLOWDOWN, "GPU too hot"),
        (ThrottleReasons::SW_THERMAL_SLOWDOWN, "GPU too hot"),
        (ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN, "GPU braked by its power supply"),
        (ThrottleReasons::HW_SLOWDOWN, "GPU slowed down by its hardware"),
        (ThrottleReasons::SW_POWER_CAP, "GPU at its power limit"),
    ];
    named.into_iter().find(|(bit, _)| reasons.contains(*bit)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_our_own_and_the_first_process_is_not() -> std::io::Result<()> {
        let mut child = std::process::Command::new("sleep").arg("60").spawn()?;
        let own = is_own(child.id(), std::process::id());
        child.kill()?;
        child.wait()?;
        assert!(own || cfg!(not(target_os = "linux")));
        assert!(!is_own(1, std::process::id()));
        Ok(())
    }

    #[test]
    fn heat_is_named_before_power_and_idling_is_none() {
        assert_eq!(reason(ThrottleReasons::GPU_IDLE | ThrottleReasons::APPLICATIONS_CLOCKS_SETTING), None);
        let both = ThrottleReasons::SW_POWER_CAP | ThrottleReasons::HW_THERMAL_SLOWDOWN;
        assert_eq!(reason(both), Some("GPU too hot"));
        assert_eq!(reason(ThrottleReasons::SW_POWER_CAP), Some("GPU at its power limit"));
    }
}
