//! Ollama's store: a manifest for each name, blobs by their digest. Which blobs can be used
//! without its own loader their headers say.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::stores::{self, Candidate};

/// Larger files are no manifests.
const LONGEST_MANIFEST: u64 = 1 << 20;
/// Host, namespace, model and tag; some hosts have one part more.
const DEEPEST: usize = 5;
/// In front of what a layer is.
const LAYER: &str = "application/vnd.ollama.image.";
/// The namespace that names are in unless they say another.
const LIBRARY: &str = "library";
/// The tag of a name that says none.
const LATEST: &str = "latest";
/// Hexadecimal digits of a digest.
const DIGEST: usize = 64;

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
struct Layer {
    #[serde(rename = "mediaType", default)]
    kind: String,
    #[serde(default)]
    digest: String,
    #[serde(default)]
    size: u64,
}

/// Every name of the store.
pub(super) fn candidates(folder: &Path) -> io::Result<Vec<Candidate>> {
    let manifests = folder.join("manifests");
    let mut files = Vec::new();
    stores::walk(&manifests, DEEPEST, &mut files)?;
    files.sort();
    Ok(files.iter().filter_map(|file| candidate(folder, &manifests, file)).collect())
}

/// The model that a manifest names; `None` where the file is none.
fn candidate(folder: &Path, manifests: &Path, file: &Path) -> Option<Candidate> {
    let within = file.strip_prefix(manifests).ok()?;
    let parts: Vec<&str> =
        within.components().map(|part| part.as_os_str().to_str()).collect::<Option<_>>()?;
    let [host, path @ .., tag] = parts.as_slice() else { return None };
    if path.is_empty() || tag.starts_with('.') {
        return None;
    }
    let full = format!("{host}/{}:{tag}", path.join("/"));
    // The host that has the library is the one whose name nobody writes.
    let is_usual = manifests.join(host).join(LIBRARY).is_dir();
    let name = match path {
        [LIBRARY, model] => format!("{model}:{tag}"),
        _ if is_usual => format!("{}:{tag}", path.join("/")),
        _ => full.clone(),
    };
    let mut aliases = vec![full.to_lowercase(), format!("{}:{tag}", path.join("/")).to_lowercase()];
    if *tag == LATEST {
        aliases.extend(name.strip_suffix(&format!(":{LATEST}")).map(str::to_lowercase));
    }
    let (blob, bytes, fault) = match layer(file) {
        Ok(layer) => blob(folder, &layer, &name),
        Err(fault) => (file.to_owned(), 0, Some(fault)),
    };
    Some(Candidate { name, path: blob, origin: "", store: 0, aliases, repository: None, fault, bytes })
}

/// The layer that holds the weights, or why there is none.
fn layer(file: &Path) -> Result<Layer, String> {
    let unreadable = |error: io::Error| format!("its manifest cannot be read: {error}");
    let metadata = fs::metadata(file).map_err(unreadable)?;
    if !metadata.is_file() || metadata.len() > LONGEST_MANIFEST {
        return Err("its manifest is no regular file".into());
    }
    let text = fs::read_to_string(file).map_err(unreadable)?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|error| format!("its manifest is broken: {error}"))?;
    let kind = |layer: &Layer, kind: &str| layer.kind.strip_prefix(LAYER) == Some(kind);
    let has_tensors = manifest.layers.iter().any(|layer| kind(layer, "tensor"));
    manifest.layers.into_iter().find(|layer| kind(layer, "model")).ok_or_else(|| {
        if has_tensors {
            "it is kept as safetensors, which only Ollama loads; use a GGUF file".into()
        } else {
            "its manifest names no weights".into()
        }
    })
}

/// The blob of a layer, its bytes, and what is wrong with it.
fn blob(folder: &Path, layer: &Layer, name: &str) -> (PathBuf, u64, Option<String>) {
    let blobs = folder.join("blobs");
    let digest = layer.digest.strip_prefix("sha256").and_then(|rest| rest.strip_prefix([':', '-']));
    let is_digest =
        |digest: &&str| digest.len() == DIGEST && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let Some(digest) = digest.filter(is_digest) else {
        return (blobs, 0, Some("its manifest names a digest that is none".into()));
    };
    let path = blobs.join(format!("sha256-{digest}"));
    match fs::metadata(&path) {
        Ok(metadata) if metadata.len() == layer.size => (path, layer.size, None),
        Ok(metadata) => {
            let fault = format!(
                "it has {} of {} bytes; `ollama pull {name}` fetches it whole",
                metadata.len(),
                layer.size
            );
            (path, metadata.len(), Some(fault))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let fault = format!("its weights are not there; `ollama pull {name}` fetches them");
            (path, layer.size, Some(fault))
        }
        Err(error) => (path, layer.size, Some(format!("its weights cannot be read: {error}"))),
    }
}
