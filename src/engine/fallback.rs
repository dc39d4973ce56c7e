//! Why no GPU is used where one could be expected to be: by what was built in, what lies on the
//! machine, and what of it is missing.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// The backend that is loaded at run time, and where it lies beside the program.
const BACKEND: &str = "backends/libggml-cuda.so";
/// Where `lib` of an unpacked archive lies.
const LIBRARIES: &str = "lib";
/// Names of all libraries that the loader knows.
const LOADER_CACHE: &str = "/etc/ld.so.cache";
/// What the backend needs, and which package brings it.
const NEEDED: [(&str, &str); 3] = [
    (
        "libcudart.so.13",
        "the CUDA 13 runtime: `cuda-cudart-13-0`, or `pip download nvidia-cuda-runtime==13.0.*`",
    ),
    ("libcublas.so.13", "the CUDA 13 libraries: `libcublas-13-0`, or `pip download nvidia-cublas==13.0.*`"),
    ("libcuda.so.1", "NVIDIA's driver, version 580 or newer"),
];

/// What can be seen of NVIDIA's GPUs without using them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Signs {
    /// This build can use CUDA.
    pub is_built_in: bool,
    /// It can use GPUs in another way.
    pub has_other: bool,
    /// The backend's file is there.
    pub has_backend: bool,
    /// The system has devices of NVIDIA's.
    pub has_devices: bool,
    /// Libraries that are not on this machine, with what brings them.
    pub missing: Vec<(&'static str, &'static str)>,
}

/// What was found, and what to do where that is not enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What is not there.
    pub lack: String,
    /// What brings it.
    pub advice: String,
}

impl Signs {
    /// Looks around.
    pub fn take() -> Self {
        let folder = env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned()));
        let folder = folder.unwrap_or_default();
        Self {
            is_built_in: cfg!(feature = "cuda"),
            has_other: cfg!(any(feature = "vulkan", feature = "metal")),
            has_backend: folder.join(BACKEND).is_file(),
            has_devices: has_devices(Path::new("/dev")),
            missing: NEEDED.into_iter().filter(|(library, _)| !is_found(library, &folder)).collect(),
        }
    }

    /// Why CUDA is not used; `None` where nobody would expect it to be.
    pub fn reason(&self) -> Option<Reason> {
        if !self.is_built_in && (self.has_other || !(self.has_devices || self.has_backend)) {
            return None;
        }
        let advice = "see what `nvidia-smi` says, and whether CUDA_VISIBLE_DEVICES hides it";
        self.lack().or_else(|| Some(Reason::new("NVIDIA's driver offers no GPU".into(), advice)))
    }

    /// The first thing that CUDA needs and that is not there.
    pub fn lack(&self) -> Option<Reason> {
        if !self.is_built_in {
            let advice = "`make cuda` builds one that can";
            return Some(Reason::new("this build cannot use CUDA".into(), advice));
        }
        if !self.has_backend {
            return Some(Reason::new(
                format!("`{BACKEND}` is not beside the program"),
                "unpack the whole archive",
            ));
        }
        if !self.has_devices {
            let advice = "in a container, start it with access to the GPU";
            return Some(Reason::new("this machine shows no NVIDIA GPU".into(), advice));
        }
        let (library, package) = self.missing.first()?;
        Some(Reason::new(format!("`{library}` is missing"), &format!("install {package}")))
    }
}

impl Reason {
    fn new(lack: String, advice: &str) -> Self {
        Self { lack, advice: advice.to_owned() }
    }
}

fn has_devices(folder: &Path) -> bool {
    let numbered = |name: &str| {
        name.strip_prefix("nvidia")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    // Windows' kernel has one for all.
    folder.join("dxg").exists() || entries.into_iter().any(|entry| numbered(&entry.file_name().to_string_lossy()))
        // The engine's process may not list the folder, but look for what is in it.
        || folder.join("nvidia0").exists()
}

/// Where the loader would look.
fn is_found(library: &str, folder: &Path) -> bool {
    let asked = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&asked).filter(|path| path.is_absolute()).collect();
    folders.push(folder.join(LIBRARIES));
    folders.push(folder.join(BACKEND).parent().map(Path::to_owned).unwrap_or_default());
    let cache = fs::read(LOADER_CACHE).unwrap_or_default();
    folders.iter().any(|folder| folder.join(library).exists()) || names(&cache, library)
}

/// Is it in the loader's cache? Names end with a zero there.
fn names(cache: &[u8], library: &str) -> bool {
    let name = [b"/", library.as_bytes(), &[0]].concat();
    cache.windows(name.len()).any(|window| window == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(signs: &Signs) -> String {
        signs.reason().map(|reason| format!("{}: {}", reason.lack, reason.advice)).unwrap_or_default()
    }

    #[test]
    fn the_first_thing_that_is_missing_is_the_reason() {
        let mut signs = Signs { is_built_in: true, missing: NEEDED.to_vec(), ..Signs::default() };
        assert!(told(&signs).starts_with("`backends/libggml-cuda.so` is not"), "{}", told(&signs));
        signs.has_backend = true;
        assert!(told(&signs).starts_with("this machine shows no NVIDIA GPU"), "{}", told(&signs));
        signs.has_devices = true;
        for (library, words) in
            [("libcudart.so.13", "runtime"), ("libcublas.so.13", "libraries"), ("libcuda.so.1", "driver")]
        {
            assert!(
                told(&signs).starts_with(&format!("`{library}` is missing")) && told(&signs).contains(words)
            );
            signs.missing.remove(0);
        }
        assert!(told(&signs).contains("nvidia-smi"), "{}", told(&signs));
    }

    #[test]
    fn a_build_for_processors_says_so_only_where_there_is_a_gpu() {
        assert_eq!(Signs::default().reason(), None);
        let with_gpu = Signs { has_devices: true, ..Signs::default() };
        assert!(told(&with_gpu).contains("make cuda"), "{}", told(&with_gpu));
        assert_eq!(Signs { has_other: true, ..with_gpu }.reason(), None);
        assert!(Signs { has_backend: true, ..Signs::default() }.reason().is_some());
    }

    #[test]
    fn devices_and_libraries_are_found_by_their_whole_names() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        for name in ["nvidiactl", "nvidia-uvm"] {
            fs::write(folder.path().join(name), "")?;
        }
        assert!(!has_devices(folder.path()));
        fs::write(folder.path().join("nvidia3"), "")?;
        assert!(has_devices(folder.path()));
        let cache = b"\0/usr/lib/libcuda.so.1\0/usr/lib/libcudart.so.13.0.88\0";
        assert!(names(cache, "libcuda.so.1") && !names(cache, "libcudart.so.13"));
        Ok(())
    }
}
