//! Headers built byte by byte, whole and broken.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;

/// A header in the making.
struct Bytes {
    keys: Vec<(String, Vec<u8>)>,
    tensors: Vec<(String, Vec<u64>, u32)>,
    data: usize,
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

fn number(value: u32) -> Vec<u8> {
    [4u32.to_le_bytes(), value.to_le_bytes()].concat()
}

fn words(words: &[&str]) -> Vec<u8> {
    let mut bytes = [9u32.to_le_bytes(), 8u32.to_le_bytes()].concat();
    bytes.extend((words.len() as u64).to_le_bytes());
    for word in words {
        bytes.extend(string(word));
    }
    bytes
}

impl Bytes {
    fn good() -> Self {
        let text = |text: &str| [8u32.to_le_bytes().to_vec(), string(text)].concat();
        let keys = [
            ("general.architecture", text("gemma3")),
            ("general.name", text("Tiny")),
            ("general.license", text("gemma")),
            ("general.file_type", number(15)),
            ("gemma3.context_length", number(2048)),
            ("gemma3.embedding_length", number(8)),
            ("gemma3.block_count", number(6)),
            ("gemma3.attention.head_count", number(4)),
            ("gemma3.attention.head_count_kv", number(1)),
            ("gemma3.attention.key_length", number(64)),
            ("gemma3.attention.value_length", number(64)),
            ("gemma3.attention.sliding_window", number(512)),
            ("gemma3.attention.layer_norm_rms_epsilon", [6u32.to_le_bytes(), 1e-6f32.to_le_bytes()].concat()),
            ("tokenizer.ggml.tokens", words(&["a", "b", "c"])),
            ("tokenizer.chat_template", text("{{ x }}")),
        ];
        let keys = keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Self { keys, tensors: vec![("token_embd.weight".into(), vec![8, 3], 0)], data: 8 * 3 * 4 }
    }

    fn without(mut self, key: &str) -> Self {
        self.keys.retain(|(name, _)| name != key);
        self
    }

    fn with(self, key: &str, value: Vec<u8>) -> Self {
        let mut bytes = self.without(key);
        bytes.keys.push((key.into(), value));
        bytes
    }

    fn tensor(mut self, name: &str) -> Self {
        self.tensors.push((name.into(), vec![1], 0));
        self
    }

    /// One tensor alone, of that shape and type.
    fn only(mut self, shape: &[u64], kind: u32) -> Self {
        self.tensors = vec![("token_embd.weight".into(), shape.to_vec(), kind)];
        self
    }

    fn build(&self) -> Vec<u8> {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend((self.tensors.len() as u64).to_le_bytes());
        bytes.extend((self.keys.len() as u64).to_le_bytes());
        for (key, value) in &self.keys {
            bytes.extend(string(key));
            bytes.extend(value);
        }
        for (name, shape, kind) in &self.tensors {
            bytes.extend(string(name));
            bytes.extend((shape.len() as u32).to_le_bytes());
            for size in shape {
                bytes.extend(size.to_le_bytes());
            }
            bytes.extend(kind.to_le_bytes());
            bytes.extend(0u64.to_le_bytes());
        }
        bytes.resize(bytes.len().next_multiple_of(32) + self.data, 0);
        bytes
    }
}

fn parse(bytes: &[u8]) -> Result<Header, String> {
    reader::read(bytes, bytes.len() as u64).map(|raw| check::header(&raw))
}

#[test]
fn a_good_header_is_read_whole() {
    let bytes = Bytes::good().build();
    let expected = Header {
        arch: "gemma3".into(),
        name: "Tiny".into(),
        license: Some("gemma".into()),
        quantization: "Q4_K_M".into(),
        params: 24,
        bytes: bytes.len() as u64,
        context_train: 2048,
        layers: 6,
        has_template: true,
        vocabulary: 3,
        tensors: 1,
        cache_width: 6 * 128,
        blocks: vec![Block { bytes: 0, cache_width: 128 }; 6],
        output_bytes: 96,
        heads: 4,
        window: 512,
        is_cut_off: false,
        faults: Vec::new(),
    };
    assert_eq!(parse(&bytes), Ok(expected));
}

#[test]
fn what_llama_cpp_would_refuse_or_die_of_is_a_fault() {
    let check = |bytes: Bytes, wanted: &str| {
        let header = parse(&bytes.build()).unwrap();
        assert!(header.faults.iter().any(|fault| fault.contains(wanted)), "{wanted}: {:?}", header.faults);
    };
    let twice = words(&["a", "b", "a"]);
    check(Bytes::good().with("tokenizer.ggml.tokens", twice), "the token `a` stands twice");
    check(Bytes::good().with("gemma3.block_count", number(1_000_000)), "1000000 layers");
    check(Bytes::good().with("gemma3.block_count", number(0)), "0 layers");
    check(Bytes::good().without("gemma3.attention.layer_norm_rms_epsilon"), "epsilon` is missing");
    check(Bytes::good().without("gemma3.context_length"), "context_length` is missing");
    check(Bytes::good().without("general.architecture"), "architecture");
    check(Bytes::good().tensor("v.patch_embd.weight"), "images or sound (`v.patch_embd.weight`)");
    let more = words(&["a", "b", "c", "d"]);
    check(Bytes::good().with("tokenizer.ggml.tokens", more), "4 tokens and weights for 3");
    check(Bytes::good().with("gemma3.rope.global.freq_base", number(1_000_000)), "old keys");
    check(Bytes::good().with("gemma3.context_length", number(131_072)), "rope.scaling.factor` is missing");
    check(Bytes::good().with("tokenizer.ggml.scores", words(&["x"])), "1 entries for 3 tokens");
    check(Bytes { data: 8, ..Bytes::good() }, "it is cut off: it has");
    assert!(parse(&Bytes { data: 8, ..Bytes::good() }.build()).unwrap().is_cut_off);
    check(Bytes { tensors: Vec::new(), ..Bytes::good() }, "no weights");
    check(Bytes::good().with("general.alignment", number(24)), "aligned to 24 bytes");
    check(Bytes::good().with("general.alignment", number(0)), "aligned to 0 bytes");
    check(Bytes::good().tensor("token_embd.weight"), "`token_embd.weight` stands in it twice");
    check(Bytes::good().tensor("output.weight"), "`output.weight` lies at byte 0 of the data, not at 96");
    check(Bytes::good().tensor(&"x".repeat(64)), "too long");
    check(Bytes::good().only(&[8, 3], 99), "has the type 99");
    check(Bytes::good().only(&[8, 3], 4), "has the type 4");
    check(Bytes::good().only(&[8, 3], 2), "no whole blocks");
    check(Bytes::good().only(&[1 << 40, 1 << 40], 0), "larger than can be");
    check(Bytes::good().with("split.no", number(1)), "part 2 of a split model");
}

#[test]
fn what_is_no_model_says_what_it_is() {
    let check = |bytes: &[u8], wanted: &str| {
        let error = parse(bytes).unwrap_err();
        assert!(error.contains(wanted), "{error:?} should hold {wanted:?}");
    };
    check(b"", "empty");
    check(b"GGUF", "cut off");
    check(b"GGUF\x03\0\0\0\x01", "cut off");
    check(b"GGUF\x01\0\0\0", "version 1");
    check(b"GGUF\0\0\0\x03", "big-endian");
    check(b"GGUF\x63\0\0\0", "version 99");
    check(b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS");
    check(b"<!DOCTYPE html><html>", "web page");
    check(b"PK\x03\x04aaaa", "zip");
    check(b"\x10\x20\0\0\0\0\0\0{\"a\"", "safetensors");
    check(b"name,value\n1,2\n", "does not begin with `GGUF`");
    let claims = |tensors: u64, keys: u64| {
        [b"GGUF\x03\0\0\0".to_vec(), tensors.to_le_bytes().to_vec(), keys.to_le_bytes().to_vec()].concat()
    };
    check(&claims(u64::MAX, 0), "at most 65536");
    check(&claims(0, u64::MAX), "at most 65536");
    let long = [claims(0, 1), u64::MAX.to_le_bytes().to_vec()].concat();
    check(&long, "a key before byte 32 claims");
    let array =
        [claims(0, 1), string("k"), 9u32.to_le_bytes().to_vec(), 4u32.to_le_bytes().to_vec()].concat();
    check(&[array, u64::MAX.to_le_bytes().to_vec()].concat(), "cut off");
    let kind = [claims(0, 1), string("k"), 77u32.to_le_bytes().to_vec()].concat();
    check(&kind, "unknown type 77 before byte 37");
    let wide = [10u32.to_le_bytes().to_vec(), 32u64.to_le_bytes().to_vec()].concat();
    check(&Bytes::good().with("general.alignment", wide).build(), "`general.alignment` has the type 10");
}

#[test]
fn a_file_that_cannot_be_read_says_so() {
    let folder = tempfile::tempdir().unwrap();
    assert!(read(folder.path()).unwrap_err().to_string().contains("it is a folder"));
    assert!(matches!(read(&folder.path().join("none.gguf")), Err(GgufError::Io { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&[b"GGUF\x03\0\0\0".as_slice(), &bytes].concat());
        let _ = parse(&bytes);
    }

    #[test]
    fn no_change_of_a_good_file_makes_it_panic(at in 0usize..900, value in any::<u8>(), cut in 0usize..1200) {
        let mut bytes = Bytes::good().build();
        let length = bytes.len();
        bytes[at % length] = value;
        bytes.truncate(cut.max(8));
        let _ = parse(&bytes);
    }

    #[test]
    fn every_cut_is_noticed(cut in 0usize..1200) {
        let bytes = Bytes::good().build();
        let cut = cut.min(bytes.len() - 1);
        match parse(&bytes[..cut]) {
            Ok(header) => prop_assert!(!header.faults.is_empty()),
            Err(reason) => prop_assert!(!reason.is_empty()),
        }
    }
}
