//! Names and order, with files made here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

#[test]
fn file_names_give_short_names() {
    let check = |file: &str, expected: &str| assert_eq!(name::short(Path::new(file)), expected, "{file}");
    check("gemma-3-270m-q4_k_m.gguf", "gemma3:270m");
    check("gemma-3-1b-it-Q4_K_M.gguf", "gemma3:1b");
    check("google_gemma-3-270m-it-Q4_K_M.gguf", "gemma3:270m");
    check("SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2:135m");
    check("Qwen2.5-0.5B-Instruct-Q4_K_M.gguf", "qwen2.5:0.5b");
    check("model.gguf", "model");
    check("4b.gguf", "4b");
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
        list(folder.path()).iter().map(|model| ModelSpec::File(model.path.clone()).name()).collect();
    let expected = [
        "gemma-3-1b-it.GGUF",
        "gemma-3-270m-it.gguf",
        "SmolLM2-135M-Instruct.gguf",
        "gemma-3-270m.gguf",
        "broken.gguf",
    ];
    assert_eq!(names, expected);
    assert_eq!(file(resolve(None, folder.path())), "gemma-3-1b-it.GGUF");
}

#[test]
fn a_name_means_one_model_or_says_which_there_are() {
    let folder = five_models();
    let check = |asked: &str, expected: &str| {
        let found = file(resolve(Some(asked), folder.path()));
        assert!(found.contains(expected), "{asked}: {found:?} should hold {expected:?}");
    };
    check("gemma3:1b", "gemma-3-1b-it.GGUF");
    check("gemma3:270m", "gemma-3-270m-it.gguf");
    check("gemma-3-270m", "gemma-3-270m.gguf");
    check("SMOL", "SmolLM2-135M-Instruct.gguf");
    check("gemma3", "several begin so: gemma3:1b (gemma-3-1b-it.GGUF), gemma3:270m");
    check("llama9", "no model `llama9` on this machine; there are gemma3:1b");
    check("broken", "web page");
    check("some/where.gguf", "no such file");
    check("none", "none");
    check("scripted", "scripted");
    check("scripted:slow", "scripted:slow");
    check("scripted:nonsense", "scripted:crash");
    check("\u{1b}[2J", "no model `");
    assert!(!file(resolve(Some("\u{1b}[2J"), folder.path())).contains('\u{1b}'));
    let path = folder.path().join("gemma-3-270m.gguf");
    assert_eq!(file(resolve(path.to_str(), Path::new("/nowhere"))), "gemma-3-270m.gguf");
}

#[test]
fn no_model_says_where_one_belongs() {
    let folder = tempfile::tempdir().unwrap();
    let error = file(resolve(None, folder.path()));
    assert!(error.contains(folder.path().to_str().unwrap()) && error.contains("--model scripted"), "{error}");
    assert!(file(resolve(Some("gemma3"), &folder.path().join("none"))).contains("has none"));
}
