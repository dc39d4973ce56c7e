//! A line of a stream, as each kind of server writes it.

use std::time::Duration;

use serde_json::Value;

use super::{
    fault::Trouble,
    line::error_of,
    server::{Kind, number, text},
};
use crate::{metrics::generation::ServerTimings, report::model::Stop};

/// What a line tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Chunk {
    /// What was written.
    pub text: String,
    /// Tokens in it, and those of which nothing is to be seen.
    pub tokens: u64,
    /// Prompt tokens evaluated, of how many, and those found in the cache.
    pub prefill: Option<(usize, usize, usize)>,
    /// The answer is over.
    pub end: Option<Stop>,
    /// What the server says of its own times until now.
    pub server: Option<ServerTimings>,
}

impl Chunk {
    /// Reads a line; `None` where it says nothing.
    pub fn of(kind: Kind, line: &str) -> Result<Option<Self>, Trouble> {
        // Comments and fields of server-sent events that are not data.
        let is_field = ["event:", "id:", "retry:"].iter().any(|field| line.starts_with(field));
        if line.is_empty() || line.starts_with(':') || is_field {
            return Ok(None);
        }
        let data =
            ["data:", "error:"].iter().find_map(|field| line.strip_prefix(field)).unwrap_or(line).trim();
        if data == "[DONE]" {
            return Ok(None);
        }
        let json: Value = serde_json::from_str(data).map_err(|_| Trouble::garbage(data))?;
        if let Some(message) = error_of(&json) {
            return Err(Trouble::said(&message));
        }
        let chunk = match kind {
            Kind::Llama => Self::llama(&json),
            Kind::Ollama => Self::ollama(&json),
            Kind::Chat => Self::chat(&json),
        };
        chunk.map(Some).ok_or_else(|| Trouble::garbage(data))
    }

    fn llama(json: &Value) -> Option<Self> {
        let is_over = json.get("stop")?.as_bool()?;
        let content = text(json, "/content");
        let usize_of = |name: &str| json.pointer(name).and_then(Value::as_u64).map(|number| number as usize);
        let tokens = json.get("tokens").and_then(Value::as_array).map_or(1, Vec::len) as u64;
        let milliseconds = |name: &str| {
            let number = json.pointer(name).and_then(Value::as_f64).filter(|number| number.is_finite());
            Duration::from_secs_f64(number.unwrap_or_default().clamp(0.0, 1e9) / 1e3)
        };
        Some(Self {
            tokens: if content.is_empty() { 0 } else { tokens.max(1) },
            text: content,
            prefill: usize_of("/prompt_progress/processed")
                .zip(usize_of("/prompt_progress/total"))
                .map(|(done, total)| (done, total, usize_of("/prompt_progress/cache").unwrap_or(0))),
            end: is_over.then(|| match text(json, "/stop_type").as_str() {
                "limit" if json.get("truncated").and_then(Value::as_bool) == Some(true) => Stop::ContextFull,
                "limit" => Stop::TokenLimit,
                _ => Stop::EndOfGeneration,
            }),
            server: json.get("timings").map(|_| ServerTimings {
                requests: 0,
                told: 1,
                load: Duration::ZERO,
                prompt_eval: milliseconds("/timings/prompt_ms"),
                eval: milliseconds("/timings/predicted_ms"),
                prompt_tokens: number(json, "/timings/prompt_n"),
                cached_prompt_tokens: number(json, "/timings/cache_n"),
                tokens: number(json, "/timings/predicted_n"),
            }),
        })
    }

    fn ollama(json: &Value) -> Option<Self> {
        let is_over = json.get("done")?.as_bool()?;
        let (content, thought) = (text(json, "/message/content"), text(json, "/message/thinking"));
        let nanoseconds = |name: &str| Duration::from_nanos(number(json, name));
        Some(Self {
            tokens: u64::from(!content.is_empty() || !thought.is_empty()),
            text: content,
            prefill: None,
            end: is_over.then(|| match text(json, "/done_reason").as_str() {
                "length" => Stop::TokenLimit,
                _ => Stop::EndOfGeneration,
            }),
            server: json.get("eval_count").map(|_| ServerTimings {
                requests: 0,
                told: 1,
                load: nanoseconds("/load_duration"),
                prompt_eval: nanoseconds("/prompt_eval_duration"),
                eval: nanoseconds("/eval_duration"),
                prompt_tokens: number(json, "/prompt_eval_count"),
                cached_prompt_tokens: 0,
                tokens: number(json, "/eval_count"),
            }),
        })
    }

    fn chat(json: &Value) -> Option<Self> {
        let choices = json.get("choices")?.as_array()?;
        let choice = choices.first().cloned().unwrap_or_default();
        let content = text(&choice, "/delta/content");
        let thought = text(&choice, "/delta/reasoning_content") + &text(&choice, "/delta/reasoning");
        Some(Self {
            tokens: u64::from(!content.is_empty() || !thought.is_empty()),
            text: content,
            prefill: None,
            end: choice.get("finish_reason").and_then(Value::as_str).map(|reason| match reason {
                "length" => Stop::TokenLimit,
                _ => Stop::EndOfGeneration,
            }),
            // It counts tokens and tells no times.
            server: json.get("usage").filter(|usage| !usage.is_null()).map(|usage| ServerTimings {
                requests: 0,
                told: 1,
                prompt_tokens: number(usage, "/prompt_tokens"),
                cached_prompt_tokens: number(usage, "/prompt_tokens_details/cached_tokens"),
                tokens: number(usage, "/completion_tokens"),
                ..ServerTimings::default()
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn chunk(kind: Kind, line: &str) -> Chunk {
        Chunk::of(kind, line).unwrap().unwrap()
    }

    #[test]
    fn each_kind_of_server_is_understood() {
        let llama = chunk(
            Kind::Llama,
            r#"data: {"content":" an","tokens":[354],"stop":false,"timings":{"cache_n":2,"prompt_n":4,"prompt_ms":667.5,"predicted_n":2,"predicted_ms":427.5},"prompt_progress":{"total":4,"cache":2,"processed":3}}"#,
        );
        assert_eq!((llama.text.as_str(), llama.tokens, llama.prefill), (" an", 1, Some((3, 4, 2))));
        let server = llama.server.unwrap();
        assert_eq!(
            (server.prompt_eval.as_micros(), server.tokens, server.cached_prompt_tokens),
            (667_500, 2, 2)
        );
        let end =
            chunk(Kind::Llama, r#"data: {"content":"","stop":true,"stop_type":"limit","truncated":false}"#);
        assert_eq!((end.end, end.tokens), (Some(Stop::TokenLimit), 0));

        let ollama = chunk(Kind::Ollama, r#"{"message":{"role":"assistant","content":"The"},"done":false}"#);
        assert_eq!((ollama.text.as_str(), ollama.end), ("The", None));
        let end = chunk(
            Kind::Ollama,
            r#"{"message":{"content":""},"done":true,"done_reason":"stop","load_duration":1000,"prompt_eval_count":26,"prompt_eval_duration":342546000,"eval_count":282,"eval_duration":4535599000}"#,
        );
        let server = end.server.unwrap();
        assert_eq!(end.end, Some(Stop::EndOfGeneration));
        assert_eq!((server.tokens, server.eval.as_millis(), server.load.as_nanos()), (282, 4535, 1000));

        let chat = chunk(Kind::Chat, r#"data: {"choices":[{"delta":{"content":"A"},"finish_reason":null}]}"#);
        assert_eq!((chat.text.as_str(), chat.tokens, chat.end), ("A", 1, None));
        let thought = chunk(Kind::Chat, r#"data: {"choices":[{"delta":{"reasoning_content":"hm"}}]}"#);
        assert_eq!((thought.text.as_str(), thought.tokens), ("", 1));
        let usage =
            chunk(Kind::Chat, r#"data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}"#);
        assert_eq!(usage.server.unwrap().tokens, 4);
    }

    #[test]
    fn what_says_nothing_is_passed_over_and_errors_are_heard() {
        for line in ["", ": ping", "event: message", "data: [DONE]"] {
            assert_eq!(Chunk::of(Kind::Chat, line), Ok(None), "{line}");
        }
        for (kind, line, expected) in [
            (Kind::Ollama, r#"{"error":"out of memory"}"#, "it fails: out of memory"),
            (Kind::Llama, r#"error: {"error":{"code":500,"message":"slot"}}"#, "it fails: slot"),
            (Kind::Chat, r#"data: {"error":{"message":"overloaded"}}"#, "it fails: overloaded"),
            (Kind::Chat, r#"data: {"object":"error","message":"bad"}"#, "it fails: bad"),
            (Kind::Chat, "data: <html>", "its answer is not understood: `<html>`"),
            (Kind::Chat, r#"data: {"x":1}"#, "its answer is not understood"),
            (Kind::Llama, "7", "its answer is not understood: `7`"),
        ] {
            let reason = Chunk::of(kind, line).unwrap_err().reason;
            assert!(reason.starts_with(expected), "{line}: {reason}");
        }
    }
}
