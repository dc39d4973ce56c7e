//! What a file's name says where its data does not.

use std::sync::Arc;

use super::dictionary::dictionary;

/// Words that follow a family in a model's name.
const MODEL_WORDS: [&str; 14] = [
    "it", "instruct", "chat", "base", "latest", "mini", "nano", "small", "large", "coder", "vision", "r1",
    "distill", "qat",
];
/// Words behind a family that make the two the name of a program: `llama_bench.csv`.
const TOOL_WORDS: [&str; 8] = ["server", "bench", "cpp", "batched", "cli", "perplexity", "swap", "index"];

/// Dimensions that a file's name gives: `gemma3_270m_baseline.csv` → model gemma3:270m.
pub fn name_dimensions(path: &str) -> Vec<(Arc<str>, Arc<str>)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase();
    let parts: Vec<&str> = stem.split(['_', ' ']).filter(|part| !part.is_empty()).collect();
    let mut found = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let Some((family, rest)) = family(part) else { continue };
        let next = parts.get(index + 1).copied().unwrap_or_default();
        if rest.is_empty() && TOOL_WORDS.iter().any(|word| next.starts_with(word)) {
            continue;
        }
        let model = if is_tag(rest.trim_start_matches('-')) {
            format!("{family}:{}", rest.trim_start_matches('-'))
        } else if rest.is_empty() && is_tag(next) {
            format!("{family}:{next}")
        } else {
            (*part).to_owned()
        };
        found.push((Arc::from("model"), Arc::from(model)));
        break;
    }
    let quantization = parts.iter().enumerate().find_map(|(index, part)| {
        // `q4_0` is cut in two by its own underscore.
        // What begins otherwise is no quantization with an underscore in it.
        let next = parts.get(index + 1).filter(|_| part.starts_with(['q', 'i']));
        next.map(|next| format!("{part}_{next}"))
            .filter(|joined| is_quantization(joined))
            .or_else(|| is_quantization(part).then(|| (*part).to_owned()))
    });
    if let Some(quantization) = quantization {
        found.push((Arc::from("quantization"), Arc::from(quantization)));
    }
    found
}

/// Splits `gemma3-1b` into a model family with its version and what follows.
fn family(part: &str) -> Option<(&str, &str)> {
    let known = dictionary().families.iter().filter(|family| part.starts_with(family.as_str()));
    let length = known.map(String::len).max()?;
    let version =
        part[length..].find(|c: char| !(c.is_ascii_digit() || c == '.')).map_or(part.len(), |at| at + length);
    let rest = &part[version..];
    let next = rest.trim_start_matches(['-', ':']).split('-').next().unwrap_or_default();
    // `llama-bench` is a tool, not a model.
    let is_model = rest.is_empty() || (rest != next && (is_tag(next) || MODEL_WORDS.contains(&next)));
    is_model.then_some((&part[..version], rest))
}

/// A size with what follows: `270m`, `1b-it-qat`, `8x7b`.
fn is_tag(text: &str) -> bool {
    let size = text.split('-').next().unwrap_or_default();
    let digits = size.strip_suffix(['b', 'm']).unwrap_or_default();
    digits.starts_with(|c: char| c.is_ascii_digit() || c == 'e')
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'x' | 'e'))
}

/// `q4_0`, `q5_k_m`, `fp16`, `int8`.
fn is_quantization(text: &str) -> bool {
    let digits_after = |prefix: &str| {
        text.strip_prefix(prefix).is_some_and(|rest| {
            rest.starts_with(|c: char| c.is_ascii_digit())
                && rest.chars().all(|c| c.is_ascii_digit() || matches!(c, '_' | 'k' | 'm' | 's' | 'l'))
        })
    };
    ["iq", "q"].iter().any(|prefix| digits_after(prefix) && text.len() <= 7)
        || matches!(text, "fp16" | "f16" | "bf16" | "fp32" | "f32" | "fp8" | "int8" | "int4")
}
