//! What a server is sent: the prompt, the text so far, what is wanted of it, and the settings that
//! its kind takes.

use serde_json::{Value, json};

use super::{RemoteEngine, TURN, server::Kind};
use crate::report::{model::Params, prompt::Part};

const GO_ON: &str = include_str!("../../../assets/prompts/go-on.md");
const CHOOSE: &str = include_str!("../../../assets/prompts/choose.md");

/// A prompt as it is sent.
pub(super) enum Asked {
    /// Tokens, for a server that takes them.
    Tokens(Vec<u64>),
    /// Turns, for a server that renders them.
    Turns { system: String, user: String, answer: String },
}

impl Asked {
    /// The turns of a prompt; one without any is the user's.
    pub fn turns(prompt: &[Part]) -> Self {
        let is_parted = prompt.iter().any(|part| matches!(part, Part::Template(text) if text == TURN));
        let mut turns = [String::new(), String::new(), String::new()];
        let mut at = usize::from(!is_parted);
        for part in prompt {
            match part {
                Part::Template(text) if text == TURN => at = (at + 1).min(2),
                Part::Template(text) | Part::Data(text) => turns[at].push_str(text),
                Part::Seam => {}
            }
        }
        let [system, user, answer] = turns;
        Self::Turns { system, user, answer }
    }
}

/// What the next request asks for.
#[derive(Clone, Copy)]
pub(super) enum Want<'a> {
    /// To go on with the text, by a grammar where the server takes one.
    Text(Option<&'a str>),
    /// The number of one of these sentences.
    Number(&'a [&'a str]),
}

/// A request in the making.
pub(super) struct Body<'a> {
    pub engine: &'a RemoteEngine,
    pub used: &'a Params,
    /// What is written.
    pub text: &'a str,
    pub want: Want<'a>,
    /// Most tokens.
    pub most: u64,
    pub seed: u32,
    /// The server takes nothing but the messages.
    pub is_plain: bool,
}

impl Body<'_> {
    /// Of a prompt in tokens, the text so far among them.
    pub fn of_tokens(&self, tokens: &[u64]) -> (&'static str, Value) {
        ("/completion", self.completion(tokens))
    }

    /// Of a prompt in turns.
    pub fn of_turns(&self, system: &str, user: &str) -> (&'static str, Value) {
        let messages = self.messages(system, user);
        match self.engine.kind {
            Kind::Ollama => ("/api/chat", self.ollama(&messages)),
            _ => ("/v1/chat/completions", self.chat(&messages)),
        }
    }

    fn completion(&self, tokens: &[u64]) -> Value {
        let mut body = json!({
            "prompt": tokens,
            "stream": true,
            "cache_prompt": true,
            "timings_per_token": true,
            "return_progress": true,
            "n_predict": self.most,
            "temperature": self.used.temperature,
            "top_k": self.used.top_k,
            "top_p": self.used.top_p,
            "min_p": self.used.min_p,
            "repeat_penalty": self.used.repeat_penalty,
            "repeat_last_n": 64,
            "seed": self.seed,
        });
        if let Want::Text(Some(grammar)) = self.want {
            body["grammar"] = json!(grammar);
        }
        body
    }

    fn messages(&self, system: &str, user: &str) -> Value {
        let so_far = self.text.trim();
        let so_far = if so_far.is_empty() { "(nothing yet)" } else { so_far };
        let asked = match self.want {
            Want::Text(_) if self.text.trim().is_empty() => String::new(),
            Want::Text(_) => GO_ON.trim_end().replace("{text}", so_far),
            Want::Number(sentences) => {
                let lines =
                    sentences.iter().enumerate().map(|(index, text)| format!("{}. {text}", index + 1));
                let lines = lines.collect::<Vec<_>>().join("\n");
                CHOOSE.trim_end().replace("{text}", so_far).replace("{sentences}", &lines)
            }
        };
        let turn = |role: &str, content: &str| json!({ "role": role, "content": content });
        let user = turn("user", &format!("{user}{asked}"));
        if system.trim().is_empty() { json!([user]) } else { json!([turn("system", system), user]) }
    }

    fn ollama(&self, messages: &Value) -> Value {
        let mut body = json!({
            "model": self.engine.model,
            "messages": messages,
            "stream": true,
            // A prompt that does not fit is an error, and nothing is cut from it without a word.
            "truncate": false,
            "shift": false,
            "options": {
                "num_ctx": self.used.num_ctx,
                "num_predict": self.most,
                "temperature": self.used.temperature,
                "top_k": self.used.top_k,
                "top_p": self.used.top_p,
                "min_p": self.used.min_p,
                "repeat_penalty": self.used.repeat_penalty,
                "seed": self.seed,
            },
        });
        if !self.is_plain {
            body["think"] = json!(false);
        }
        if let Want::Number(sentences) = self.want {
            body["format"] = number_schema(sentences.len());
        }
        body
    }

    fn chat(&self, messages: &Value) -> Value {
        let mut body = json!({ "model": self.engine.model, "messages": messages, "stream": true });
        if self.is_plain {
            return body;
        }
        body["stream_options"] = json!({ "include_usage": true });
        body["temperature"] = json!(self.used.temperature);
        body["top_p"] = json!(self.used.top_p);
        body["seed"] = json!(self.seed);
        // The one service that wants it by its new name takes the old one no more.
        let limit = if self.engine.line.endpoint.host() == "api.openai.com" {
            "max_completion_tokens"
        } else {
            "max_tokens"
        };
        body[limit] = json!(self.most);
        if self.engine.takes_more {
            body["top_k"] = json!(self.used.top_k);
            body["min_p"] = json!(self.used.min_p);
            body["repetition_penalty"] = json!(self.used.repeat_penalty);
        }
        if let Want::Number(sentences) = self.want {
            let schema = number_schema(sentences.len());
            let named = json!({ "name": "choice", "strict": true, "schema": schema });
            body["response_format"] = json!({ "type": "json_schema", "json_schema": named });
        }
        body
    }
}

/// `{"number": N}` with one of the numbers that there are.
fn number_schema(count: usize) -> Value {
    let numbers: Vec<usize> = (1..=count).collect();
    json!({
        "type": "object",
        "properties": { "number": { "type": "integer", "enum": numbers } },
        "required": ["number"],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_told_apart() {
        let data = |text: &str| Part::Data(text.into());
        let turn = || Part::Template(TURN.into());
        let prompt = [data("be brief"), turn(), data("facts\n"), Part::Seam, data("task"), turn(), data("-")];
        let Asked::Turns { system, user, answer } = Asked::turns(&prompt) else { return };
        assert_eq!((system.as_str(), user.as_str(), answer.as_str()), ("be brief", "facts\ntask", "-"));
        let Asked::Turns { system, user, .. } = Asked::turns(&[data("a"), Part::Seam, data("b")]) else {
            return;
        };
        assert_eq!((system.as_str(), user.as_str()), ("", "ab"));
    }
}
