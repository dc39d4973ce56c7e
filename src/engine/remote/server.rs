//! What kind of server answers at an endpoint, told by asking it, and which models it has.

use serde_json::{Value, json};

use super::{
    fault::{Sort, Trouble},
    line::Line,
};

/// Tells whether whoever asks still wants to know.
pub(super) type GoesOn<'a> = &'a mut dyn FnMut() -> bool;

/// How a server is spoken with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// llama.cpp's server, in its own words: raw prompts, grammars, a tokenizer.
    Llama,
    /// Ollama, in its own words.
    Ollama,
    /// Any other with the chat completions of `OpenAI`: `vLLM`, `SGLang`, services.
    Chat,
}

/// A server that answered.
#[derive(Debug)]
pub(super) struct Server {
    pub kind: Kind,
    /// As people call it.
    pub name: String,
    /// What it says of its version.
    pub version: String,
    pub models: Vec<RemoteModel>,
    /// What llama.cpp's server says of itself.
    pub props: Value,
}

/// A model at an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteModel {
    /// As the server calls it.
    pub name: String,
    /// `gemma3`, where the server says so.
    pub family: String,
    /// `Q4_K_M`, where the server says so.
    pub quantization: String,
    /// Number of weights, where the server says so.
    pub params: u64,
    /// Bytes of its file, where the server says so.
    pub bytes: u64,
    /// Longest context, where the server says so.
    pub context: u32,
    /// It is in the server's memory now.
    pub is_loaded: bool,
}

impl Server {
    /// Asks what answers there.
    pub fn tell(line: &Line, goes_on: GoesOn<'_>) -> Result<Self, Trouble> {
        let mut denied = None;
        let mut asked = |path: &str, goes_on: GoesOn<'_>| match line.ask(path, None, goes_on) {
            Ok(json) => Ok(Some(json)),
            Err(trouble) => match trouble.sort {
                Sort::NotThere | Sort::NotTaken => Ok(None),
                // Some servers guard what others leave open.
                Sort::Denied => {
                    denied.get_or_insert(trouble);
                    Ok(None)
                }
                _ => Err(trouble),
            },
        };
        if let Some(props) = asked("/props", goes_on)?
            && props.get("default_generation_settings").is_some()
        {
            let models = asked("/v1/models", goes_on)?.unwrap_or_default();
            return Ok(Self::llama(props, &models));
        }
        if let Some(told) = asked("/api/version", goes_on)?
            && let Some(version) = told.get("version").and_then(Value::as_str)
        {
            let version = version.to_owned();
            let tags = asked("/api/tags", goes_on)?.unwrap_or_default();
            let running = asked("/api/ps", goes_on)?.unwrap_or_default();
            return Ok(Self::ollama(version, &tags, &running));
        }
        if let Some(listed) = asked("/v1/models", goes_on)?
            && listed.get("data").is_some_and(Value::is_array)
        {
            return Ok(Self::chat(&listed));
        }
        Err(denied.unwrap_or_else(|| {
            let reason = "it is no engine that is known: /props, /api/version and /v1/models say nothing";
            Trouble::new(Sort::Lasting, reason, "is it llama-server, Ollama or OpenAI-compatible?")
        }))
    }

    fn llama(props: Value, listed: &Value) -> Self {
        let path = text(&props, "/model_alias");
        let path = if path.is_empty() { text(&props, "/model_path") } else { path };
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let meta = listed.pointer("/data/0/meta").cloned().unwrap_or_default();
        let model = RemoteModel {
            family: if name.to_lowercase().contains("gemma") { "gemma".into() } else { String::new() },
            name,
            // `Q4_1 - some words`
            quantization: text(&meta, "/ftype").split_whitespace().next().unwrap_or_default().to_owned(),
            params: number(&meta, "/n_params"),
            bytes: number(&meta, "/size"),
            context: small(&meta, "/n_ctx_train"),
            is_loaded: true,
        };
        let version = text(&props, "/build_info");
        Self { kind: Kind::Llama, name: "llama-server".into(), version, models: vec![model], props }
    }

    fn ollama(version: String, tags: &Value, running: &Value) -> Self {
        let running: Vec<String> = list(running, "models").iter().map(|model| text(model, "/name")).collect();
        let models = list(tags, "models").iter().map(|model| {
            let name = text(model, "/name");
            RemoteModel {
                family: text(model, "/details/family"),
                quantization: text(model, "/details/quantization_level"),
                bytes: number(model, "/size"),
                is_loaded: running.contains(&name),
                name,
                ..RemoteModel::default()
            }
        });
        let models = models.collect();
        Self { kind: Kind::Ollama, name: "Ollama".into(), version, models, props: Value::Null }
    }

    fn chat(listed: &Value) -> Self {
        let models: Vec<RemoteModel> = list(listed, "data")
            .iter()
            .map(|model| RemoteModel {
                name: text(model, "/id"),
                context: small(model, "/max_model_len").max(small(model, "/context_length")),
                ..RemoteModel::default()
            })
            .collect();
        let owner = text(listed, "/data/0/owned_by");
        let name = match owner.to_lowercase().as_str() {
            "vllm" => "vLLM",
            "sglang" => "SGLang",
            _ => "OpenAI-compatible server",
        };
        Self { kind: Kind::Chat, name: name.into(), version: String::new(), models, props: Value::Null }
    }

    /// The model that is meant.
    pub fn model(&self, asked: Option<&str>) -> Result<RemoteModel, Trouble> {
        let wrong = |reason: String| Trouble::new(Sort::Lasting, reason, "name one with --model");
        let names = || {
            let names: Vec<&str> = self.models.iter().take(8).map(|model| model.name.as_str()).collect();
            let more = self.models.len().saturating_sub(names.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            if names.is_empty() {
                "it has no model".to_owned()
            } else {
                format!("it has {}{more}", names.join(", "))
            }
        };
        let Some(asked) = asked else {
            let mut loaded = self.models.iter().filter(|model| model.is_loaded);
            return match (self.models.as_slice(), loaded.next(), loaded.next()) {
                ([only], ..) | (_, Some(only), None) => Ok(only.clone()),
                _ => Err(wrong(names())),
            };
        };
        let is_it = |model: &&RemoteModel| {
            let name = model.name.as_str();
            // Ollama's own short form; llama.cpp's server tells a path.
            name.eq_ignore_ascii_case(asked)
                || name.strip_suffix(":latest").is_some_and(|name| name.eq_ignore_ascii_case(asked))
                || name.strip_suffix(".gguf").is_some_and(|name| name.eq_ignore_ascii_case(asked))
        };
        match self.models.iter().find(is_it) {
            Some(model) => Ok(model.clone()),
            // Services have models that they do not list.
            None if self.kind == Kind::Chat && self.models.is_empty() => {
                Ok(RemoteModel { name: asked.to_owned(), ..RemoteModel::default() })
            }
            None => Err(wrong(format!("it has no model `{asked}`: {}", names()))),
        }
    }

    /// Looks up what the list does not say, and has the server load it.
    pub fn prepare(
        &self,
        line: &Line,
        model: &mut RemoteModel,
        num_ctx: Option<u32>,
        goes_on: GoesOn<'_>,
    ) -> Result<(), Trouble> {
        if self.kind != Kind::Ollama {
            return Ok(());
        }
        let shown = line.ask("/api/show", Some(&json!({ "model": model.name })), goes_on)?;
        let about = shown.get("model_info").cloned().unwrap_or_default();
        let arch = text(&about, "/general.architecture");
        model.params = number(&about, "/general.parameter_count");
        model.context = small(&about, &format!("/{arch}.context_length"));
        if !arch.is_empty() {
            model.family = arch;
        }
        // Without a prompt it only loads the model, with the context that will be asked for.
        let num_ctx = num_ctx.unwrap_or_else(|| super::usual_context(model.context));
        let load = json!({ "model": model.name, "stream": false, "options": { "num_ctx": num_ctx } });
        line.ask("/api/generate", Some(&load), goes_on).map(|_| ())
    }
}

fn list<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    json.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

pub(super) fn text(json: &Value, pointer: &str) -> String {
    json.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub(super) fn number(json: &Value, pointer: &str) -> u64 {
    json.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}

fn small(json: &Value, pointer: &str) -> u32 {
    u32::try_from(number(json, pointer)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_model_is_the_one_named_or_the_only_one() {
        let tags = json!({"models": [{"name": "gemma3:1b", "size": 8}, {"name": "llama3:latest"}]});
        let server = Server::ollama("0.12.6".into(), &tags, &json!({"models": [{"name": "gemma3:1b"}]}));
        assert_eq!(server.model(None).unwrap().name, "gemma3:1b", "the one that is loaded");
        assert_eq!(server.model(Some("LLAMA3")).unwrap().name, "llama3:latest");
        let error = server.model(Some("qwen")).unwrap_err().reason;
        assert_eq!(error, "it has no model `qwen`: it has gemma3:1b, llama3:latest; name one with --model");
        let idle = Server::ollama(String::new(), &tags, &Value::Null);
        assert_eq!(
            idle.model(None).unwrap_err().reason,
            "it has gemma3:1b, llama3:latest; name one with --model"
        );
    }

    #[test]
    fn what_a_server_says_of_its_models_is_read() {
        let vllm = json!({"data": [{"id": "org/m", "owned_by": "vllm", "max_model_len": 4096}]});
        let server = Server::chat(&vllm);
        assert_eq!((server.name.as_str(), server.model(None).unwrap().context), ("vLLM", 4096));
        let props = json!({"model_path": "/models/gemma-3-1b.gguf", "build_info": "b1-abc"});
        let listed =
            json!({"data": [{"meta": {"n_params": 7, "size": 9, "ftype": "Q4_1 - x", "n_ctx_train": 32}}]});
        let server = Server::llama(props, &listed);
        let model = server.model(Some("gemma-3-1b")).unwrap();
        assert_eq!((model.name.as_str(), model.quantization.as_str()), ("gemma-3-1b.gguf", "Q4_1"));
        assert_eq!((model.params, model.bytes, model.context), (7, 9, 32));
    }
}
