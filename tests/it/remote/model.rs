//! What a model server answers: of the three kinds, as their documentation and a real llama.cpp
//! server have it.

use serde_json::{Value, json};

use crate::pull::server::{Reply, Request};

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Llama,
    Ollama,
    Chat,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Llama, Self::Ollama, Self::Chat];

    /// Where it writes.
    pub fn writes_at(self) -> &'static str {
        match self {
            Self::Llama => "/completion",
            Self::Ollama => "/api/chat",
            Self::Chat => "/v1/chat/completions",
        }
    }

    /// The answer of a server without a fault.
    pub fn answer(self, request: &Request) -> Reply {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let found = match self {
            Self::Llama => llama(&request.path, &body),
            Self::Ollama => ollama(&request.path),
            Self::Chat => chat(&request.path),
        };
        if request.path == self.writes_at() && request.method == "POST" {
            return Reply::status(200).body(self.stream(&Self::words(&body), true).as_bytes());
        }
        found.map_or_else(|| error(404, "not found"), |json| self::json(&json))
    }

    /// What it writes when it is asked.
    fn words(body: &Value) -> Vec<String> {
        let is_choice = body.get("format").is_some() || body.get("response_format").is_some();
        let words: &[&str] =
            if is_choice { &["{\"num", "ber\": 2}"] } else { &["The", " runs", " are", " plain."] };
        match body.get("grammar").and_then(Value::as_str) {
            // Held to texts: the first of them, a word at a time.
            Some(grammar) if !grammar.contains("item") => {
                let text = first_of(grammar.trim_start_matches("root ::= "));
                text.split_inclusive(' ').map(str::to_owned).collect()
            }
            _ => words.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    /// A stream of these words, to its end or without one.
    pub fn stream(self, words: &[String], is_whole: bool) -> String {
        let count = words.len();
        let mut lines: Vec<String> = words.iter().map(|word| self.chunk(word)).collect();
        if is_whole {
            lines.extend(match self {
                Self::Llama => vec![format!(
                    "data: {}\n\n",
                    json!({"content": "", "tokens": [], "stop": true, "stop_type": "eos",
                        "timings": {"prompt_n": 40, "prompt_ms": 20.0, "cache_n": 7, "predicted_n": count, "predicted_ms": 50.0}})
                )],
                Self::Ollama => vec![format!(
                    "{}\n",
                    json!({"message": {"content": ""}, "done": true, "done_reason": "stop", "load_duration": 1_000_000,
                        "prompt_eval_count": 40, "prompt_eval_duration": 20_000_000, "eval_count": count,
                        "eval_duration": 50_000_000})
                )],
                Self::Chat => vec![
                    format!("data: {}\n\n", json!({"choices": [{"delta": {}, "finish_reason": "stop"}]})),
                    format!("data: {}\n\n", json!({"choices": [], "usage": {"prompt_tokens": 40, "completion_tokens": count}})),
                    "data: [DONE]\n\n".to_owned(),
                ],
            });
        }
        lines.concat()
    }

    fn chunk(self, word: &str) -> String {
        match self {
            Self::Llama => format!(
                "data: {}\n\n",
                json!({"content": word, "tokens": [7], "stop": false,
                "timings": {"prompt_n": 40, "prompt_ms": 20.0, "cache_n": 7, "predicted_n": 1, "predicted_ms": 9.0}})
            ),
            Self::Ollama => {
                format!("{}\n", json!({"message": {"role": "assistant", "content": word}, "done": false}))
            }
            Self::Chat => format!("data: {}\n\n", json!({"choices": [{"delta": {"content": word}}]})),
        }
    }
}

/// JSON with its length: the connection is kept.
pub fn json(value: &Value) -> Reply {
    Reply::file(value.to_string().as_bytes()).with("content-type", "application/json")
}

/// A refusal in the shape of most servers.
pub fn error(status: u16, message: &str) -> Reply {
    let text = json!({"error": {"message": message, "code": status}}).to_string();
    Reply::status(status).with("content-length", text.len().to_string()).body(text.as_bytes())
}

fn llama(path: &str, body: &Value) -> Option<Value> {
    let words = |text: &str| text.split_inclusive(' ').map(str::len).collect::<Vec<_>>();
    Some(match path {
        "/props" => json!({
            "default_generation_settings": {"n_ctx": 4096},
            "chat_template": "{{ messages }}",
            "model_path": "/models/tiny-instruct.gguf",
            "build_info": "b7-abc",
        }),
        "/v1/models" => json!({"data": [{"id": "x", "owned_by": "llamacpp",
            "meta": {"n_params": 1_000_000, "size": 2_000_000, "n_ctx_train": 8192, "ftype": "Q4_1 - some"}}]}),
        "/tokenize" => json!({"tokens": words(body["content"].as_str()?)}),
        "/apply-template" => {
            let turn =
                |index: usize| body["messages"][index]["content"].as_str().unwrap_or_default().to_owned();
            json!({"prompt": format!("<s>{}</s><u>{}</u>", turn(0), turn(1))})
        }
        _ => return None,
    })
}

fn ollama(path: &str) -> Option<Value> {
    Some(match path {
        "/api/version" => json!({"version": "0.12.6"}),
        "/api/tags" => json!({"models": [{"name": "tiny:1b", "size": 2_000_000,
            "details": {"family": "gemma3", "quantization_level": "Q4_K_M"}}]}),
        "/api/ps" => json!({"models": []}),
        "/api/show" => json!({"model_info": {"general.architecture": "gemma3",
            "general.parameter_count": 1_000_000, "gemma3.context_length": 32768}}),
        "/api/generate" => json!({"done": true}),
        _ => return None,
    })
}

fn chat(path: &str) -> Option<Value> {
    (path == "/v1/models")
        .then(|| json!({"data": [{"id": "org/tiny", "owned_by": "vllm", "max_model_len": 8192}]}))
}

/// The first text that a grammar of alternatives admits.
fn first_of(grammar: &str) -> String {
    let (mut text, mut characters) = (String::new(), grammar.chars());
    let (mut is_quoted, mut depth, mut skipped) = (false, 0, None);
    while let Some(character) = characters.next() {
        let is_kept = skipped.is_none();
        match character {
            '"' => is_quoted = !is_quoted,
            '\\' if is_quoted => text.extend(characters.next().filter(|_| is_kept)),
            _ if is_quoted => text.extend(is_kept.then_some(character)),
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                skipped = skipped.filter(|at| *at <= depth);
            }
            '|' => skipped = skipped.or(Some(depth)),
            _ => {}
        }
    }
    text
}
