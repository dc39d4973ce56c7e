//! NVIDIA's GPUs, by the library that comes with their driver.

use nvml_wrapper::{Nvml, bitmasks::device::ThrottleReasons, enum_wrappers::device::TemperatureSensor};

use super::Gpu;
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
                throttled: device.current_throttle_reasons().ok().and_then(reason),
            })
            .collect()
    }
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
    fn heat_is_named_before_power_and_idling_is_none() {
        assert_eq!(reason(ThrottleReasons::GPU_IDLE | ThrottleReasons::APPLICATIONS_CLOCKS_SETTING), None);
        let both = ThrottleReasons::SW_POWER_CAP | ThrottleReasons::HW_THERMAL_SLOWDOWN;
        assert_eq!(reason(both), Some("GPU too hot"));
        assert_eq!(reason(ThrottleReasons::SW_POWER_CAP), Some("GPU at its power limit"));
    }
}
