//! What people ask for, and what it means.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

const HUB: &str = "https://huggingface.co";

fn one(asked: &str) -> Source {
    Source::parse(asked, None).unwrap_or_else(|error| panic!("{asked}: {error}")).remove(0)
}

#[test]
fn names_and_places_have_an_address() {
    let check = |asked: &str, address: &str, file: &str| {
        let source = one(asked);
        assert_eq!((source.address(HUB).as_str(), source.file()), (address, file), "{asked}");
    };
    let pinned = "https://huggingface.co/ggml-org/gemma-3-270m-it-GGUF/resolve/\
        e7647be17ae1108f2f605ed061ca0608b171afff/gemma-3-270m-it-Q8_0.gguf";
    check("gemma3:270m", pinned, "gemma-3-270m-it-Q8_0.gguf");
    check(pinned, pinned, "gemma-3-270m-it-Q8_0.gguf");
    assert_eq!(one(pinned).expected().bytes, Some(291_545_600), "as pinned by its address as by its name");
    check("hf:org/name/a.gguf", "https://huggingface.co/org/name/resolve/main/a.gguf", "a.gguf");
    check(
        "hf:org/name/sub/a b.gguf@refs/pr/1",
        "https://huggingface.co/org/name/resolve/refs%2Fpr%2F1/sub/a%20b.gguf",
        "a b.gguf",
    );
    check(
        "https://huggingface.co/org/name/blob/main/a.gguf?download=true",
        "https://huggingface.co/org/name/resolve/main/a.gguf",
        "a.gguf",
    );
    check("https://host:8443/x/a%2Db.gguf?key=1#top", "https://host:8443/x/a%2Db.gguf?key=1", "a-b.gguf");
}

#[test]
fn what_means_nothing_is_refused_with_a_reason() {
    let check = |asked: &str, expected: &str| {
        let error = Source::parse(asked, None).expect_err(asked).to_string();
        assert!(error.contains(expected), "{asked}: {error}");
    };
    check("gemma9", "there are gemma3:270m, ");
    check("hf:org/name", "names no file");
    check("hf:org/name/../a.gguf", "no place on the hub");
    check("hf:org//a.gguf", "no place on the hub");
    check("hf:org/name/a.safetensors", "ends in .gguf");
    check("https://host/", "ends in .gguf");
    check("https://host/.gguf", "ends in .gguf");
    check("https://host/..%2Fa.gguf", "model folder");
    check("https://host/.a.gguf", "model folder");
    check("http://host/a.gguf", "https://");
    check("https://me:hush@host/a.gguf", "password");
    let error = Source::parse("https://me:hush@host/a.gguf?sig=hush", None).expect_err("secret").to_string();
    assert!(!error.contains("hush"), "{error}");
}

#[test]
fn a_split_model_is_all_its_parts() {
    let parts = Source::parse("hf:org/name/q4/big-00002-of-00003.gguf", None).unwrap();
    let addresses: Vec<String> = parts.iter().map(|part| part.address(HUB)).collect();
    assert_eq!(addresses.len(), 3);
    assert_eq!(addresses[0], "https://huggingface.co/org/name/resolve/main/q4/big-00001-of-00003.gguf");
    let sha256 = Sha256::parse(&"0".repeat(64));
    assert!(Source::parse("hf:org/name/big-00002-of-00003.gguf", sha256).is_err(), "one digest for three");
    assert!(Source::parse("hf:org/name/big-00002-of-99999.gguf", None).is_err());
}

#[test]
fn nothing_secret_is_in_a_name() {
    assert_eq!(one("https://host/a.gguf?sig=hush").name(), "https://host/a.gguf");
    assert_eq!(one("gemma3").name(), "gemma3:4b");
    assert_eq!(
        one("gemma3:1b").origin(),
        "hf:ggml-org/gemma-3-1b-it-GGUF/gemma-3-1b-it-Q4_K_M.gguf@f9c28bcd"
    );
}

#[test]
fn digests_are_read_and_written() {
    let text = "0ef57d2c838458a1952664260dcba38e5bdda37494f3af732f06e4add24068e3";
    assert_eq!(Sha256::parse(text).unwrap().to_string(), text);
    for wrong in ["", "0ef5", &format!("{text}0"), &text.replace('0', "g"), &"é".repeat(32)] {
        assert_eq!(Sha256::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn this_machine_is_known() {
    for (host, expected) in [
        ("localhost", true),
        ("127.0.0.1:80", true),
        ("[::1]:80", true),
        ("localhost.example.org", false),
        ("127.0.0.1.example.org", false),
        ("huggingface.co", false),
    ] {
        assert_eq!(is_this_machine(host), expected, "{host}");
    }
}
