//! Names and order, with files made here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;

use super::*;

#[test]
fn file_names_give_short_names() {
    let check = |file: &str, expected: &str| assert_eq!(name::short(Path::new(file)), expected, "{file}");
    check("gemma-3-270m-q4_k_m.gguf", "gemma3:270m");
    check("gemma-3-1b-it-Q4_K_M.gguf", "gemma3:1b");
    check("ggml-org_gemma-3-1b-it-GGUF_gemma-3-1b-it-Q4_K_M.gguf", "gemma3:1b");
    check("google_gemma-3-270m-it-Q4_K_M.gguf", "gemma3:270m");
    check("SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2:135m");
    check("Qwen2.5-0.5B-Instruct-Q4_K_M.gguf", "qwen2.5:0.5b");
    check("model.gguf", "model");
    check("4b.gguf", "4b");
    let header = gguf::Header { name: "Gemma 3 270m It".into(), ..gguf::Header::default() };
    assert_eq!(name::of_model(Path::new("blobs/sha256-aa"), &header), "gemma3:270m");
    assert_eq!(name::of_model(Path::new("SmolLM2-135M.gguf"), &header), "smollm2:135m");
}

/// The least that is a usable model of that architecture.
fn gguf(arch: &str, instruct: bool, padding: usize) -> Vec<u8> {
    let string = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let text = |text: &str| [8u32.to_le_bytes().to_vec(), string(text)].concat();
    let number = || [4u32.to_le_bytes(), 1u32.to_le_bytes()].concat();
    let words = [&9u32.to_le_bytes()[..], &8u32.to_le_bytes(), &1u64.to_le_bytes(), &string("a")].concat();
    let mut keys = vec![
        ("general.architecture".to_owned(), text(arch)),
        ("tokenizer.ggml.tokens".to_owned(), words),
        (format!("{arch}.attention.layer_norm_rms_epsilon"), number()),
    ];
    keys.extend(
        ["context_length", "embedding_length", "block_count"].map(|key| (format!("{arch}.{key}"), number())),
    );
    if instruct {
        keys.push(("tokenizer.chat_template".into(), text("x")));
    }
    let mut bytes =
        [&b"GGUF\x03\0\0\0"[..], &1u64.to_le_bytes(), &(keys.len() as u64).to_le_bytes()].concat();
    for (key, value) in keys {
        bytes.extend(string(&key));
        bytes.extend(value);
    }
    bytes.extend(string("token_embd.weight"));
    bytes.extend([&2u32.to_le_bytes()[..], &1u64.to_le_bytes(), &1u64.to_le_bytes()].concat());
    bytes.extend([0; 12]);
    bytes.resize(bytes.len() + 64 + padding, 0);
    bytes
}

fn folder_with(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn five_models() -> tempfile::TempDir {
    folder_with(&[
        ("gemma-3-270m.gguf", gguf("gemma3", false, 900)),
        ("SmolLM2-135M-Instruct.gguf", gguf("llama", true, 800)),
        ("gemma-3-270m-it.gguf", gguf("gemma3", true, 100)),
        ("gemma-3-1b-it.GGUF", gguf("gemma3", true, 200)),
        ("broken.gguf", b"<html>".to_vec()),
        ("mmproj-gemma.gguf", gguf("clip", false, 0)),
        ("notes.txt", Vec::new()),
    ])
}

fn only(folder: &tempfile::TempDir) -> Stores {
    Stores::only(folder.path().to_owned())
}

fn file(result: Result<Option<ModelSpec>, ModelError>) -> String {
    match result {
        Ok(Some(spec)) => spec.name(),
        Ok(None) => "none".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_best_model_comes_first() {
    let folder = five_models();
    let names: Vec<String> =
        list(&only(&folder)).models.iter().map(|model| ModelSpec::File(model.path.clone()).name()).collect();
    let expected = [
        "gemma-3-1b-it.GGUF",
        "gemma-3-270m-it.gguf",
        "SmolLM2-135M-Instruct.gguf",
        "gemma-3-270m.gguf",
        "broken.gguf",
    ];
    assert_eq!(names, expected);
    assert_eq!(file(resolve(None, &only(&folder))), "gemma-3-1b-it.GGUF");
}

#[test]
fn a_name_means_one_model_or_says_which_there_are() {
    let folder = five_models();
    let check = |asked: &str, expected: &str| {
        let found = file(resolve(Some(asked), &only(&folder)));
        assert!(found.contains(expected), "{asked}: {found:?} should hold {expected:?}");
    };
    check("gemma3:1b", "gemma-3-1b-it.GGUF");
    check("gemma3:270m", "gemma-3-270m-it.gguf");
    check("gemma-3-270m", "gemma-3-270m.gguf");
    check("SMOL", "SmolLM2-135M-Instruct.gguf");
    check("gemma3", "gemma-3-1b-it.GGUF");
    check("gemma", "several begin so: ");
    check(
        "llama9",
        "no model `llama9` on this machine; there are smollm2:135m (SmolLM2-135M-Instruct.gguf), ",
    );
    check("broken", "web page");
    check("some/where.gguf", "no such file");
    check("none", "none");
    check("scripted", "scripted");
    check("scripted:slow", "scripted:slow");
    check("scripted:nonsense", "scripted:crash");
    check("\u{1b}[2J", "no model `");
    assert!(!file(resolve(Some("\u{1b}[2J"), &only(&folder))).contains('\u{1b}'));
    let path = folder.path().join("gemma-3-270m.gguf");
    assert_eq!(file(resolve(path.to_str(), &Stores::only("/nowhere".into()))), "gemma-3-270m.gguf");
}

#[test]
fn no_model_says_where_one_belongs() {
    let folder = tempfile::tempdir().unwrap();
    let error = file(resolve(None, &only(&folder)));
    assert!(error.contains(folder.path().to_str().unwrap()) && error.contains("--model scripted"), "{error}");
    assert!(file(resolve(Some("some"), &Stores::only(folder.path().join("none")))).contains("has any"));
}

/// A file with the folders above it.
fn put(path: PathBuf, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A header as Ollama's own converter writes it: a key is missing.
fn of_ollama() -> Vec<u8> {
    let mut bytes = gguf("gemma3", true, 50);
    let key = b"layer_norm_rms_epsilon";
    let at = bytes.windows(key.len()).position(|part| part == key).unwrap();
    bytes[at] = b'x';
    bytes
}

/// A name in Ollama's store; its blob is as large as the manifest says, unless cut.
fn pull(store: &Path, name: &str, digit: char, bytes: &[u8], is_whole: bool) {
    let digest = digit.to_string().repeat(64);
    let manifest = format!(
        r#"{{"schemaVersion":2,"layers":[
            {{"mediaType":"application/vnd.ollama.image.template","digest":"sha256:{digest}","size":1}},
            {{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:{digest}","size":{}}}]}}"#,
        bytes.len()
    );
    put(store.join("manifests").join(name), manifest);
    put(store.join(format!("blobs/sha256-{digest}")), if is_whole { bytes } else { &bytes[..9] });
}

/// A home with every store in it.
struct Machine {
    home: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { home: tempfile::tempdir().unwrap() };
        let at = |path: &str| machine.home.path().join(path);
        put(at("own/SmolLM2-135M-Instruct.Q4_1.gguf"), gguf("llama", true, 10));

        let hub = at(".cache/huggingface/hub/models--ggml-org--gemma-3-1b-it-GGUF");
        put(hub.join("refs/main"), "c0ffee\n");
        put(hub.join("blobs/aa"), gguf("gemma3", true, 300));
        fs::create_dir_all(hub.join("snapshots/c0ffee")).unwrap();
        let file = "gemma-3-1b-it-Q4_K_M.gguf";
        std::os::unix::fs::symlink("../../blobs/aa", hub.join("snapshots/c0ffee").join(file)).unwrap();
        put(hub.join("snapshots/beef").join(file), b"an older revision");
        put(hub.join("snapshots/beef/gemma-3-1b-it-Q8_0.gguf"), gguf("gemma3", true, 400));
        put(hub.join("snapshots/beef/mmproj-model-f16.gguf"), gguf("clip", false, 0));
        std::os::unix::fs::symlink("../../blobs/gone", hub.join("snapshots/beef/gemma-3-1b-it-f16.gguf"))
            .unwrap();

        let ollama = at(".ollama/models");
        pull(&ollama, "registry/library/gemma3/latest", 'a', &of_ollama(), true);
        pull(&ollama, "registry/library/gemma3/4b", 'a', &of_ollama(), true);
        pull(&ollama, "registry/library/qwen2.5/0.5b", 'b', &gguf("qwen2", true, 20), true);
        pull(&ollama, "registry/someone/tuned/latest", 'c', &gguf("llama", true, 30), true);
        pull(&ollama, "hf.co/bartowski/gemma-3-270m-it-GGUF/Q4_K_M", 'd', &gguf("gemma3", true, 40), true);
        pull(&ollama, "registry/library/llama3.2/3b", 'e', &gguf("llama", true, 60), false);
        let tensors =
            r#"{"layers":[{"mediaType":"application/vnd.ollama.image.tensor","digest":"x","size":1}]}"#;
        put(ollama.join("manifests/registry/library/gemma4/mlx"), tensors);
        put(ollama.join("manifests/registry/library/broken/1b"), "{");
        let outside = r#"{"layers":[{"mediaType":"application/vnd.ollama.image.model",
            "digest":"sha256:../../../own/SmolLM2-135M-Instruct.Q4_1.gguf","size":1}]}"#;
        put(ollama.join("manifests/registry/library/sly/1b"), outside);

        let studio = at("studio");
        put(at(".lmstudio-home-pointer"), studio.to_str().unwrap());
        let split = studio.join("models/someone/big/Big-7B");
        put(split.with_file_name("Big-7B-00001-of-00002.gguf"), gguf("llama", true, 70));
        put(split.with_file_name("Big-7B-00002-of-00002.gguf"), b"the other half");
        put(split.with_file_name("Cut-7B-00001-of-00003.gguf"), gguf("llama", true, 70));
        let flat = at(".cache/llama.cpp/ggml-org_gemma-3-4b-it-GGUF_gemma-3-4b-it-Q4_K_M.gguf");
        put(flat, gguf("gemma3", true, 500));
        machine
    }

    fn stores(&self) -> Stores {
        let home = self.home.path();
        Stores::of(home.join("own"), home, &|_| None)
    }
}

/// Every store's files are found, each with its origin and why it can be used or not.
#[test]
fn a_machine_with_all_stores_is_listed() {
    let machine = Machine::new();
    let listing = list(&machine.stores());
    let own = |model: &&Found| model.path.starts_with(machine.home.path());
    let lines: Vec<String> = listing
        .models
        .iter()
        .filter(own)
        .map(|model| {
            let state = model.unusable.as_deref().unwrap_or("usable");
            format!("{} | {} | {state}", model.origin, model.name)
        })
        .collect();
    let expected = [
        "model folder | smollm2:135m | usable",
        "Hugging Face cache | gemma3:1b | usable",
        "Hugging Face cache | gemma3:1b | usable",
        "Hugging Face cache | gemma3:1b | the file that it points to is not there; download it again",
        "Ollama | hf.co/bartowski/gemma-3-270m-it-GGUF:Q4_K_M | usable",
        "Ollama | someone/tuned:latest | usable",
        "Ollama | qwen2.5:0.5b | usable",
        "Ollama | gemma3:4b | the key `gemma3.attention.layer_norm_rms_epsilon` is missing",
        "Ollama | llama3.2:3b | it has 9 of",
        "Ollama | broken:1b | its manifest is broken",
        "Ollama | gemma4:mlx | it is kept as safetensors",
        "Ollama | sly:1b | its manifest names a digest that is none",
        "LM Studio | big:7b | usable",
        "LM Studio | cut:7b | it is split and part 2 of 3 is not there (`Cut-7B-00002-of-00003.gguf`)",
        "llama.cpp cache | gemma3:4b | usable",
    ];
    let mut left = lines.clone();
    for line in expected {
        let at = left.iter().position(|one| one.starts_with(line));
        left.remove(at.unwrap_or_else(|| panic!("no `{line}` in\n{}", lines.join("\n"))));
    }
    assert!(left.is_empty(), "{left:?}");
    let big = listing.models.iter().find(|model| model.name == "big:7b").unwrap();
    assert_eq!(big.bytes, gguf("llama", true, 70).len() as u64 + 14, "both halves");
}

#[test]
fn names_mean_models_of_every_store() {
    let machine = Machine::new();
    let check = |asked: &str, expected: &str| {
        let found = match resolve(Some(asked), &machine.stores()) {
            Ok(Some(ModelSpec::File(path))) => path.display().to_string(),
            Ok(other) => format!("{other:?}"),
            Err(error) => error.to_string(),
        };
        assert!(found.contains(expected), "{asked}: {found:?} should hold {expected:?}");
    };
    check("gemma3", "gemma-3-4b-it-Q4_K_M.gguf");
    check("gemma3:4b", "llama.cpp");
    check("gemma3:latest", "layer_norm_rms_epsilon");
    check("gemma3:1b", "gemma-3-1b-it-Q");
    check(
        "gemma3:270m",
        "no model `gemma3:270m` on this machine; `chimera-insight models pull gemma3:270m` fetches one",
    );
    check("qwen2.5:0.5b", &format!("sha256-{}", "b".repeat(64)));
    check("someone/tuned", &format!("sha256-{}", "c".repeat(64)));
    check("hf.co/bartowski/gemma-3-270m-it-GGUF:Q4_K_M", &format!("sha256-{}", "d".repeat(64)));
    check("llama3.2:3b", "`ollama pull llama3.2:3b` fetches it whole");
    check("hf:ggml-org/gemma-3-1b-it-GGUF/gemma-3-1b-it-Q8_0.gguf", "beef/gemma-3-1b-it-Q8_0.gguf");
    check("hf:GGML-org/gemma-3-1b-it-gguf", "c0ffee/gemma-3-1b-it-Q4_K_M.gguf");
    check(
        "hf:ggml-org/gemma-3-1b-it-GGUF/other.gguf",
        "`chimera-insight models pull hf:ggml-org/gemma-3-1b-it-GGUF/other.gguf` fetches one",
    );
    check("hf:one", "hf:ORG/NAME/FILE");
    check("big", "Big-7B-00001-of-00002.gguf");
    check("phi", "and 7 more (`chimera-insight models` lists them)");
    check("../own/none.gguf", "no such file");
}

#[test]
fn other_programs_models_are_taken_where_the_own_folder_has_none() {
    let machine = Machine::new();
    let home = machine.home.path();
    assert_eq!(file(resolve(None, &machine.stores())), "SmolLM2-135M-Instruct.Q4_1.gguf");
    fs::remove_dir_all(home.join("own")).unwrap();
    assert_eq!(
        file(resolve(None, &machine.stores())),
        "ggml-org_gemma-3-4b-it-GGUF_gemma-3-4b-it-Q4_K_M.gguf",
        "the largest Gemma 3 that is usable"
    );
    // A file that is too large to be taken unasked is still there by its name.
    let flat = home.join(".cache/llama.cpp");
    let large = flat.join("gemma-3-12b-it-Q4_K_M.gguf");
    put(large.clone(), gguf("gemma3", true, 0));
    fs::File::options().write(true).open(&large).unwrap().set_len(MOST_UNASKED + 1).unwrap();
    assert!(file(resolve(None, &machine.stores())).contains("gemma-3-4b-it"));
    assert_eq!(file(resolve(Some("gemma3:12b"), &machine.stores())), "gemma-3-12b-it-Q4_K_M.gguf");
}

#[test]
fn variables_place_the_stores() {
    let places = |set: &[(&str, &str)]| -> Vec<String> {
        let environment = |name: &str| {
            let value = set.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
            value.map(std::ffi::OsString::from)
        };
        let stores = Stores::of("/own".into(), Path::new("/home/me"), &environment);
        stores.places().map(|(_, folder)| folder.display().to_string()).collect()
    };
    let usual = places(&[]);
    for place in
        ["/own", "/home/me/.cache/huggingface/hub", "/home/me/.ollama/models", "/home/me/.lmstudio/models"]
    {
        assert!(usual.iter().any(|other| other == place), "{place} in {usual:?}");
    }
    for (name, value, expected) in [
        ("HF_HUB_CACHE", "/hub", "/hub"),
        ("HF_HOME", "/hf", "/hf/hub"),
        ("XDG_CACHE_HOME", "/cache", "/cache/huggingface/hub"),
        ("OLLAMA_MODELS", "/ollama", "/ollama"),
        ("LLAMA_CACHE", "/llama", "/llama"),
    ] {
        let places = places(&[(name, value)]);
        assert!(places.iter().any(|place| place == expected), "{name}: {places:?}");
    }
    assert!(!places(&[("OLLAMA_MODELS", "/ollama")]).iter().any(|place| place.contains(".ollama")));
}

#[test]
fn a_store_that_cannot_be_read_is_told() {
    let home = tempfile::tempdir().unwrap();
    put(home.path().join("hub"), "no folder");
    let environment = |name: &str| (name == "HF_HUB_CACHE").then(|| home.path().join("hub").into_os_string());
    let listing = list(&Stores::of(home.path().join("own"), home.path(), &environment));
    assert!(
        listing.notes.iter().any(|note| note.contains("hub` (Hugging Face cache): ")),
        "{:?}",
        listing.notes
    );
}
