//! Judges a header: what it says of the model, and what llama.cpp would refuse it for or
//! die of. Found here it is a line with a reason; found there it is an abort.

use std::collections::{HashMap, HashSet};

use super::{
    Block, Header,
    reader::{self, Raw, TOKENS, Tensor, Value},
    types,
};

/// Layers that llama.cpp has room for; it aborts on more.
const MAX_LAYERS: u64 = 512;
/// Names of tensors are shorter.
const MAX_NAME: usize = 64;
/// Where tensor data begins, unless the file says otherwise.
const ALIGNMENT: u64 = 32;
/// Gemma 3 models with at least this context are trained with scaled positions.
const SCALED_CONTEXT: u64 = 131_072;
/// First parts of the names of tensors that belong to other modalities.
const OTHER_PARTS: [&str; 5] = ["v.", "mm.", "a.", "s.", "mtp."];

/// What a header says, with its faults.
pub(super) fn header(raw: &Raw) -> Header {
    let keys = Keys { keys: &raw.keys, arch: text(raw, "general.architecture") };
    let layers = keys.number("block_count").unwrap_or(0);
    let params = raw.tensors.iter().map(elements).fold(0, u64::saturating_add);
    let mut header = Header {
        name: text(raw, "general.name"),
        license: Some(text(raw, "general.license")).filter(|license| !license.is_empty()),
        quantization: quantization(raw),
        params,
        bytes: raw.bytes,
        context_train: narrow(keys.number("context_length")),
        layers: narrow(Some(layers)),
        has_template: raw.keys.contains_key("tokenizer.chat_template"),
        vocabulary: array_length(raw, TOKENS).unwrap_or(0),
        tensors: raw.tensors.len() as u64,
        cache_width: cache_widths(&keys, layers).into_iter().fold(0, u64::saturating_add),
        blocks: blocks(raw, &keys, layers),
        output_bytes: output_bytes(raw),
        heads: heads(&keys),
        window: narrow(keys.number("attention.sliding_window")),
        is_cut_off: layout(raw).is_none() && truncation(raw).is_some(),
        faults: Vec::new(),
        arch: keys.arch.clone(),
    };
    header.faults = faults(raw, &keys, layers);
    header
}

/// Keys of the architecture: `<arch>.NAME`.
struct Keys<'a> {
    keys: &'a HashMap<String, Value>,
    arch: String,
}

impl Keys<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.keys.get(&format!("{}.{name}", self.arch))
    }
    fn number(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(Value::as_u64)
    }
}

fn faults(raw: &Raw, keys: &Keys, layers: u64) -> Vec<String> {
    let mut faults = Vec::new();
    let arch = &keys.arch;
    if arch.is_empty() {
        faults.push("it does not name its architecture (`general.architecture`)".into());
        return faults;
    }
    if arch == "clip" {
        faults.push("it is the vision part of a model; use the file of the language model".into());
        return faults;
    }
    if raw.tensors.is_empty() {
        faults.push("it holds no weights".into());
        return faults;
    }
    match raw.keys.get("split.no").and_then(Value::as_u64) {
        Some(part) if part > 0 => {
            faults.push(format!("it is part {} of a split model; use the first part", part + 1));
            return faults;
        }
        _ => {}
    }
    // How much a file needs is known only where its tensors lie as they should.
    faults.extend(layout(raw).or_else(|| truncation(raw)));
    if layers == 0 || layers > MAX_LAYERS {
        faults.push(format!("it claims {layers} layers; there can be 1 to {MAX_LAYERS}"));
    }
    for name in ["context_length", "embedding_length"] {
        if keys.number(name).is_none_or(|value| value == 0) {
            faults.push(format!("the key `{arch}.{name}` is missing"));
        }
    }
    let epsilons = ["attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon"];
    if epsilons.iter().all(|name| keys.get(name).is_none()) {
        faults.push(format!("the key `{arch}.{}` is missing; {OLLAMA}", epsilons[0]));
    }
    vocabulary(raw, &mut faults);
    let other = |tensor: &&Tensor| OTHER_PARTS.iter().any(|part| tensor.name.starts_with(part));
    if let Some(tensor) = raw.tensors.iter().find(other) {
        faults.push(format!("it also holds parts for images or sound (`{}`); {OLLAMA}", tensor.name));
    }
    if keys.get("rope.global.freq_base").is_some() && keys.get("rope.freq_base").is_none() {
        faults.push(format!("its positions are given by old keys, which llama.cpp would overlook; {OLLAMA}"));
    }
    let scaled = keys.get("rope.scaling.factor").is_some();
    if arch == "gemma3"
        && !scaled
        && keys.number("context_length").is_some_and(|tokens| tokens >= SCALED_CONTEXT)
    {
        faults.push(format!("the key `{arch}.rope.scaling.factor` is missing; {OLLAMA}"));
    }
    faults
}

/// Where such files come from, and what to do.
const OLLAMA: &str = "files of Ollama's own converter need its own loader, use an upstream GGUF file";

fn vocabulary(raw: &Raw, faults: &mut Vec<String>) {
    let Some(tokens) = array_length(raw, TOKENS) else {
        faults.push(format!("the key `{TOKENS}` is missing"));
        return;
    };
    if let Some(token) = &raw.twice {
        faults.push(format!("the token `{}` stands twice in the vocabulary", token.escape_debug()));
    }
    // llama.cpp reads these beside the tokens and does not look at their length.
    for name in ["tokenizer.ggml.scores", "tokenizer.ggml.token_type"] {
        if let Some(length) = array_length(raw, name).filter(|&length| length < tokens) {
            faults.push(format!("`{name}` has {length} entries for {tokens} tokens"));
        }
    }
    let rows = raw.tensors.iter().find(|tensor| tensor.name == "token_embd.weight");
    if let Some(rows) = rows.and_then(|tensor| tensor.shape.get(1).copied())
        && rows != tokens
    {
        faults.push(format!("it has {tokens} tokens and weights for {rows}; {OLLAMA}"));
    }
}

/// Does the file end before its last tensor?
fn truncation(raw: &Raw) -> Option<String> {
    let start = raw.end.checked_next_multiple_of(alignment(raw).max(1))?;
    let mut needed = raw.end;
    for tensor in &raw.tensors {
        let Some((length, bytes)) = types::block(tensor.kind) else { continue };
        let size = elements(tensor).div_ceil(length).saturating_mul(bytes);
        needed = needed.max(start.saturating_add(tensor.offset).saturating_add(size));
    }
    (needed > raw.bytes).then(|| {
        format!("it is cut off: it has {} bytes and its tensors need {needed}; download it again", raw.bytes)
    })
}

fn alignment(raw: &Raw) -> u64 {
    raw.keys.get(reader::ALIGNMENT).and_then(Value::as_u64).unwrap_or(ALIGNMENT)
}

/// The first tensor that does not lie as llama.cpp wants it: of a type that it knows, in whole
/// blocks, one after the other.
fn layout(raw: &Raw) -> Option<String> {
    let alignment = alignment(raw);
    if !alignment.is_power_of_two() {
        return Some(format!("its data is aligned to {alignment} bytes, which is no power of two"));
    }
    let (mut seen, mut expected) = (HashSet::new(), 0_u64);
    for tensor in &raw.tensors {
        if tensor.name.len() >= MAX_NAME {
            let start: String = tensor.name.chars().take(MAX_NAME / 2).flat_map(char::escape_debug).collect();
            return Some(format!("the name of the tensor `{start}…` is too long"));
        }
        let name = tensor.name.escape_debug();
        if !seen.insert(&tensor.name) {
            return Some(format!("the tensor `{name}` stands in it twice"));
        }
        let Some((length, bytes)) = types::block(tensor.kind) else {
            return Some(format!("the tensor `{name}` has the type {}, which nobody knows", tensor.kind));
        };
        if !tensor.shape.first().copied().unwrap_or(1).is_multiple_of(length) {
            return Some(format!("the rows of the tensor `{name}` are no whole blocks"));
        }
        let elements = tensor.shape.iter().try_fold(1_u64, |product, &size| product.checked_mul(size));
        let size = elements
            .filter(|&elements| i64::try_from(elements).is_ok())
            .and_then(|elements| (elements / length).checked_mul(bytes)?.checked_next_multiple_of(alignment));
        let Some(size) = size else { return Some(format!("the tensor `{name}` is larger than can be")) };
        if tensor.offset != expected {
            let at = tensor.offset;
            return Some(format!("the tensor `{name}` lies at byte {at} of the data, not at {expected}"));
        }
        expected = expected.saturating_add(size);
    }
    None
}

fn elements(tensor: &Tensor) -> u64 {
    tensor.shape.iter().copied().fold(1, u64::saturating_mul)
}

/// Bytes of a tensor; none where its type is not known.
fn tensor_bytes(tensor: &Tensor) -> u64 {
    let Some((length, bytes)) = types::block(tensor.kind) else { return 0 };
    elements(tensor).div_ceil(length).saturating_mul(bytes)
}

/// The layers, as tensors name them: `blk.NUMBER.`.
fn blocks(raw: &Raw, keys: &Keys, layers: u64) -> Vec<Block> {
    let widths = cache_widths(keys, layers);
    let mut blocks: Vec<Block> =
        widths.into_iter().map(|cache_width| Block { bytes: 0, cache_width }).collect();
    for tensor in &raw.tensors {
        let number = tensor.name.strip_prefix("blk.").and_then(|rest| rest.split_once('.'));
        let block =
            number.and_then(|(number, _)| number.parse::<usize>().ok()).and_then(|at| blocks.get_mut(at));
        if let Some(block) = block {
            block.bytes = block.bytes.saturating_add(tensor_bytes(tensor));
        }
    }
    blocks
}

/// A model without weights of its own for the output uses those of its embeddings there.
fn output_bytes(raw: &Raw) -> u64 {
    let bytes = |beginning: &str| {
        let of = raw.tensors.iter().filter(|tensor| tensor.name.starts_with(beginning));
        of.map(tensor_bytes).fold(0, u64::saturating_add)
    };
    let weights = Some(bytes("output.")).filter(|&bytes| bytes > 0);
    weights.unwrap_or_else(|| bytes("token_embd.")).saturating_add(bytes("output_norm."))
}

fn heads(keys: &Keys) -> u64 {
    let heads = match keys.get("attention.head_count") {
        Some(Value::Array(_, numbers)) => numbers.iter().max().and_then(|&most| u64::try_from(most).ok()),
        value => value.and_then(Value::as_u64),
    };
    heads.unwrap_or(0)
}

/// Key and value heads of each layer times their lengths.
fn cache_widths(keys: &Keys, layers: u64) -> Vec<u64> {
    let heads = heads(keys);
    let length = |name: &str| {
        let derived = keys.number("embedding_length").and_then(|width| width.checked_div(heads));
        keys.number(name).or(derived).unwrap_or(0)
    };
    let width = length("attention.key_length").saturating_add(length("attention.value_length"));
    let layers = usize::try_from(layers.min(MAX_LAYERS)).unwrap_or(0);
    let mut cached: Vec<u64> = match keys.get("attention.head_count_kv") {
        Some(Value::Array(_, numbers)) => {
            numbers.iter().map(|&heads| u64::try_from(heads).unwrap_or(0)).collect()
        }
        value => vec![value.and_then(Value::as_u64).unwrap_or(heads); layers],
    };
    cached.resize(layers, 0);
    cached.into_iter().map(|heads| heads.saturating_mul(width)).collect()
}

fn quantization(raw: &Raw) -> String {
    let named = raw.keys.get("general.file_type").and_then(Value::as_u64).and_then(types::file_type);
    named.unwrap_or("unknown").to_owned()
}

fn text(raw: &Raw, key: &str) -> String {
    match raw.keys.get(key) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

fn array_length(raw: &Raw, key: &str) -> Option<u64> {
    match raw.keys.get(key) {
        Some(Value::Array(length, _)) => Some(*length),
        _ => None,
    }
}

fn narrow(value: Option<u64>) -> u32 {
    value.map_or(0, |value| u32::try_from(value).unwrap_or(u32::MAX))
}
