//! What Linux says in its files: GPUs whose driver reports there (`amdgpu`), and how often the
//! processor had to slow down. Elsewhere there are no such files, and nothing is said.
//!
//! Formats: `Documentation/gpu/amdgpu/thermal.rst`, `Documentation/hwmon/sysfs-interface.rst` and
//! `Documentation/ABI/testing/sysfs-devices-system-cpu` of the kernel.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::Gpu;
use crate::text::sanitize::Shown;

/// Graphics cards looked at.
const MAX_CARDS: usize = 16;
/// Processors looked at for the packages that they are of.
const MAX_PROCESSORS: usize = 4096;

/// The files that are there.
pub(super) struct Kernel {
    cards: Vec<PathBuf>,
    /// Files that count the slow-downs, one a package.
    throttles: Vec<PathBuf>,
    count_before: Option<u64>,
}

impl Kernel {
    pub fn new(sys: &Path) -> Self {
        let mut kernel = Self { cards: cards(sys), throttles: throttles(sys), count_before: None };
        kernel.was_throttled();
        kernel
    }

    /// The GPUs, as they are now.
    pub fn gpus(&self) -> Vec<Gpu> {
        self.cards.iter().map(|card| gpu(card)).collect()
    }

    /// Did a package slow down since the last call?
    pub fn was_throttled(&mut self) -> bool {
        let counts = self.throttles.iter().filter_map(|path| number::<u64>(path));
        let count = counts.reduce(u64::saturating_add);
        let before = std::mem::replace(&mut self.count_before, count);
        before.zip(count).is_some_and(|(before, count)| count > before)
    }
}

/// Devices whose driver tells their load.
fn cards(sys: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(sys.join("class/drm")).into_iter().flatten().flatten();
    let mut cards: Vec<PathBuf> = entries
        .filter(|entry| {
            let name = entry.file_name();
            // `card0` is a device, `card0-DP-1` a plug of it.
            name.to_string_lossy()
                .strip_prefix("card")
                .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
        })
        .map(|entry| entry.path().join("device"))
        .filter(|device| device.join("gpu_busy_percent").exists())
        .collect();
    cards.sort();
    cards.truncate(MAX_CARDS);
    cards
}

fn gpu(device: &Path) -> Gpu {
    let sensors = fs::read_dir(device.join("hwmon")).into_iter().flatten().flatten().next();
    let sensor = |name: &str| number::<u64>(&sensors.as_ref()?.path().join(name));
    let power = sensor("power1_average").or_else(|| sensor("power1_input"));
    let memory = number(&device.join("mem_info_vram_used")).zip(number(&device.join("mem_info_vram_total")));
    let name = fs::read_to_string(device.join("product_name")).unwrap_or_default();
    Gpu {
        name: Shown::new(if name.trim().is_empty() { "GPU" } else { name.trim() }),
        load: number::<f32>(&device.join("gpu_busy_percent"))
            .map(|percent| (percent / 100.0).clamp(0.0, 1.0)),
        memory,
        // Thousandths of a degree, millionths of a watt.
        temperature: sensor("temp1_input").and_then(|milli| u32::try_from(milli / 1000).ok()),
        power: power.map(|micro| micro as f32 / 1e6),
        processes: Vec::new(),
        throttled: None,
    }
}

/// One processor of each package counts for it.
fn throttles(sys: &Path) -> Vec<PathBuf> {
    let mut of_package: BTreeMap<u64, PathBuf> = BTreeMap::new();
    for processor in 0..MAX_PROCESSORS {
        let folder = sys.join(format!("devices/system/cpu/cpu{processor}"));
        let Some(package) = number(&folder.join("topology/physical_package_id")) else { break };
        let count = folder.join("thermal_throttle/package_throttle_count");
        if !of_package.contains_key(&package) && count.exists() {
            of_package.insert(package, count);
        }
    }
    of_package.into_values().collect()
}

fn number<T: std::str::FromStr>(path: &Path) -> Option<T> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(sys: &Path, path: &str, content: &str) -> std::io::Result<()> {
        let path = sys.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, content)
    }

    #[test]
    fn a_gpu_is_read_from_its_drivers_files() -> std::io::Result<()> {
        let sys = tempfile::tempdir()?;
        let device = "class/drm/card1/device";
        for (name, content) in [
            ("gpu_busy_percent", "87\n"),
            ("mem_info_vram_used", "1073741824\n"),
            ("mem_info_vram_total", "17163091968\n"),
            ("hwmon/hwmon3/temp1_input", "71000\n"),
            ("hwmon/hwmon3/power1_average", "203000000\n"),
        ] {
            write(sys.path(), &format!("{device}/{name}"), content)?;
        }
        write(sys.path(), "class/drm/card0/device/vendor", "0x8086\n")?;
        write(sys.path(), "class/drm/card1-DP-1/status", "connected\n")?;
        let kernel = Kernel::new(sys.path());
        let expected = Gpu {
            name: Shown::new("GPU"),
            load: Some(0.87),
            memory: Some((1 << 30, 17_163_091_968)),
            temperature: Some(71),
            power: Some(203.0),
            processes: Vec::new(),
            throttled: None,
        };
        assert_eq!(kernel.gpus(), [expected]);
        write(sys.path(), &format!("{device}/gpu_busy_percent"), "nonsense\u{1b}[2J")?;
        assert_eq!(kernel.gpus()[0].load, None);
        Ok(())
    }

    #[test]
    fn a_processor_that_slowed_down_is_told_once() -> std::io::Result<()> {
        let sys = tempfile::tempdir()?;
        let cpu = |processor: u32, name: &str| format!("devices/system/cpu/cpu{processor}/{name}");
        let count = "thermal_throttle/package_throttle_count";
        for (processor, package) in [(0, "0"), (1, "0"), (2, "1")] {
            write(sys.path(), &cpu(processor, "topology/physical_package_id"), package)?;
            write(sys.path(), &cpu(processor, count), "5\n")?;
        }
        let mut kernel = Kernel::new(sys.path());
        assert!(!kernel.was_throttled());
        write(sys.path(), &cpu(2, count), "6\n")?;
        assert!(kernel.was_throttled());
        assert!(!kernel.was_throttled());
        let mut without = Kernel::new(&sys.path().join("nowhere"));
        assert!(!without.was_throttled() && without.gpus().is_empty());
        Ok(())
    }
}
