//! Which files it may open, by Landlock: the kernel refuses the rest, for every thread and
//! whatever the path that leads there.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, LandlockStatus, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError, RulesetStatus, Scope,
};

use super::Confinement;

/// The newest rules that this was tried with. An older kernel holds those that it knows; what
/// it lacks then (signals, abstract sockets, truncating) the filter of system calls refuses.
const RULES: ABI = ABI::V7;

/// Where systems keep libraries that are loaded while the program runs: backends, drivers.
const LIBRARIES: [&str; 11] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/opt/cuda",
    "/opt/rocm",
    "/nix/store",
    "/gnu/store",
    "/run/opengl-driver",
    "/etc/ld.so.cache",
];
/// What glibc and ggml ask the system: memory, processors, nodes, huge pages.
const SYSTEM: [&str; 10] = [
    "/proc/self",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/cpuinfo",
    "/proc/sys/vm",
    "/sys/devices/system",
    "/sys/fs/cgroup",
    "/sys/kernel/mm",
    "/dev/urandom",
    "/dev/zero",
];
/// What the drivers of GPUs read.
const GPU_READ: [&str; 14] = [
    "/proc/driver/nvidia",
    "/proc/devices",
    "/proc/modules",
    "/proc/version",
    "/sys/devices",
    "/sys/bus",
    "/sys/class",
    "/sys/dev",
    "/sys/module",
    "/etc/vulkan",
    "/usr/share/vulkan",
    "/usr/share/nvidia",
    "/usr/share/libdrm",
    "/usr/share/drirc.d",
];
/// The devices themselves; `/dev/nvidia*` is looked up.
const GPU_DEVICES: [&str; 3] = ["/dev/dri", "/dev/kfd", "/dev/dxg"];
/// Beside the executable: the backends that are loaded at run time.
const BACKENDS: &str = "backends";
/// And the libraries that these need.
const LIBRARIES_BESIDE: &str = "lib";

/// Restricts this thread and all that it starts.
pub(super) fn restrict(confinement: &Confinement) -> Result<(), String> {
    let status = rules(confinement)
        .and_then(RulesetCreated::restrict_self)
        .map_err(|error| format!("the kernel refused its rules: {error}"))?;
    match (status.ruleset, status.landlock) {
        (RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced, _) => Ok(()),
        (_, LandlockStatus::NotEnabled) => {
            Err("Landlock is switched off in this kernel (boot with `lsm=landlock,…`)".into())
        }
        _ => Err("this kernel has no Landlock (Linux has it since 5.13; some containers hide it)".into()),
    }
}

fn rules(confinement: &Confinement) -> Result<RulesetCreated, RulesetError> {
    let mut ruleset =
        Ruleset::default().handle_access(AccessFs::from_all(RULES))?.scope(Scope::from_all(RULES))?;
    if !confinement.network {
        ruleset = ruleset.handle_access(AccessNet::from_all(RULES))?;
    }
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = read | AccessFs::WriteFile;
    let mut rules = ruleset.create()?;
    for path in &confinement.models {
        // A model is a file: a path to a folder must not open the folder.
        rules = allow(rules, path, AccessFs::ReadFile.into())?;
    }
    if let Some(cache) = &confinement.cache {
        let own = AccessFs::MakeReg | AccessFs::MakeDir | AccessFs::RemoveFile | AccessFs::RemoveDir;
        rules = allow(rules, &cache.folder, write | own | AccessFs::Truncate | AccessFs::Refer)?;
    }
    for path in readable() {
        rules = allow(rules, &path, read)?;
    }
    rules = allow(rules, Path::new("/dev/null"), write)?;
    if super::memory::HAS_GPU {
        for path in devices() {
            rules = allow(rules, &path, write | AccessFs::IoctlDev)?;
        }
    }
    if confinement.network {
        for path in NAMES {
            rules = allow(rules, Path::new(path), read)?;
        }
    }
    Ok(rules)
}

/// What an endpoint needs: names of machines, and whom to trust.
const NAMES: [&str; 9] = [
    "/etc/resolv.conf",
    "/run/systemd/resolve",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/ssl",
    "/etc/pki",
    "/usr/share/ca-certificates",
];

fn readable() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = LIBRARIES.iter().chain(&SYSTEM).map(PathBuf::from).collect();
    if super::memory::HAS_GPU {
        paths.extend(GPU_READ.iter().map(PathBuf::from));
        paths.extend(named_like("/usr/local", "cuda"));
        // Where containers are given the driver.
        paths.extend(named_like("/usr/local", "nvidia"));
    }
    if let Ok(program) = env::current_exe() {
        paths.extend(program.parent().map(|folder| folder.join(BACKENDS)));
        paths.extend(program.parent().map(|folder| folder.join(LIBRARIES_BESIDE)));
        paths.push(program);
    }
    // Where the user says that libraries are. An empty entry would be the current folder.
    let asked = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    paths.extend(env::split_paths(&asked).filter(|path| path.is_absolute()));
    paths
}

fn devices() -> Vec<PathBuf> {
    GPU_DEVICES.iter().map(PathBuf::from).chain(named_like("/dev", "nvidia")).collect()
}

/// What stands in a folder with names that begin so.
fn named_like(folder: &str, beginning: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let begins = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(beginning.as_bytes()))
    };
    entries.flatten().map(|entry| entry.path()).filter(begins).collect()
}

/// Allows a path that is there, with the rights that make sense for what it is.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let (Ok(handle), Ok(metadata)) = (PathFd::new(path), fs::metadata(path)) else { return Ok(rules) };
    let access = if metadata.is_dir() { access } else { access & AccessFs::from_file(RULES) };
    rules.add_rule(PathBeneath::new(handle, access))
}
