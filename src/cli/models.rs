//! `chimera-insight models`.

mod pull;

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::Path,
};

use serde_json::{Value, json};

use super::{
    Failure, FailureKind,
    arguments::{Models, ModelsCommand},
    output::{Side, Table, print, print_json},
};
use crate::{
    config::Config,
    engine::{
        ModelSpec,
        gguf::{self, Header},
        models::{self, Found, Listing, ModelError},
        remote::{Endpoint, RemoteListing},
    },
    metrics::format,
    text::sanitize::Shown,
};

/// Lists models or describes one.
pub(super) fn run(config: &Config, arguments: &Models, json: bool) -> Result<(), Failure> {
    match &arguments.command {
        None | Some(ModelsCommand::List) => list(config, json),
        Some(ModelsCommand::Info { model }) => info(config, model, json),
        Some(ModelsCommand::Pull { model, sha256 }) => pull::run(config, model, sha256.as_deref(), json),
    }
}

fn list(config: &Config, json: bool) -> Result<(), Failure> {
    let mut listing = models::list(&config.paths.stores);
    if let Some(endpoint) = &config.engine {
        listing = listing.with_endpoint(endpoint, config.offline);
    }
    let Listing { models: found, notes, remote } = listing;
    for note in notes {
        // Nobody is left to tell when standard error is closed.
        let _ = writeln!(io::stderr(), "{note}");
    }
    if json {
        let mut models: Vec<Value> = found.iter().map(document).collect();
        models.extend(remote.iter().flat_map(remote_documents));
        return print_json(&json!({ "models": models }));
    }
    if found.is_empty() && remote.is_none() {
        return print(&nothing(config));
    }
    let mut table = Table::new(&[
        ("model", Side::Left),
        ("arch", Side::Left),
        ("quantization", Side::Left),
        ("params", Side::Right),
        ("size", Side::Right),
        ("found in", Side::Left),
        ("usable", Side::Left),
        ("file", Side::Left),
    ]);
    for model in &found {
        let header = model.header.as_ref();
        let text = |of: &dyn Fn(&Header) -> String| Shown::new(&header.map(of).unwrap_or_default());
        table.row([
            Shown::new(&model.name),
            text(&|header| header.arch.clone()),
            text(&|header| header.quantization.clone()),
            text(&|header| format::weights(header.params)),
            Shown::new(&format::bytes(model.bytes)),
            Shown::new(model.origin),
            Shown::new(if model.unusable.is_none() { "yes" } else { "no" }),
            Shown::from_path(&model.path),
        ]);
    }
    if let Some((endpoint, listing)) = &remote {
        for model in &listing.models {
            let told = |is_told: bool, text: String| Shown::new(if is_told { &text } else { "" });
            table.row([
                Shown::new(&model.name),
                Shown::new(&model.family),
                Shown::new(&model.quantization),
                told(model.params > 0, format::weights(model.params)),
                told(model.bytes > 0, format::bytes(model.bytes)),
                Shown::new(&listing.server),
                Shown::new("yes"),
                Shown::new(&endpoint.to_string()),
            ]);
        }
    }
    // Reasons are sentences: in a column they would push everything else off the screen.
    let reasons = found.iter().filter_map(|model| {
        let reason = model.unusable.as_ref()?;
        Some(format!(
            "{} ({}) cannot be used: {}\n",
            Shown::new(&model.name),
            model.origin,
            Shown::new(reason)
        ))
    });
    let reasons: String = reasons.collect();
    let gap = if reasons.is_empty() { "" } else { "\n" };
    print(&format!("{}{gap}{reasons}", table.text()))
}

/// Where a model was looked for, and what to do.
fn nothing(config: &Config) -> String {
    let mut text = format!(
        "no models in `{}`; `chimera-insight models pull gemma3:270m` fetches one (292 MB), any GGUF file that is \
         put there serves, and so does --model FILE\n\nlooked for in:\n",
        Shown::from_path(&config.paths.models)
    );
    for (origin, folder) in config.paths.stores.places() {
        let _ = writeln!(text, "  {origin:<19} {}", Shown::from_path(folder));
    }
    text
}

/// The models of an endpoint, shaped as those of files.
fn remote_documents((endpoint, listing): &(Endpoint, RemoteListing)) -> Vec<Value> {
    let known = |number: u64| Some(number).filter(|&number| number > 0);
    let models = listing.models.iter().map(|model| {
        json!({
            "name": model.name,
            "path": Value::Null,
            "url": endpoint.to_string(),
            "origin": listing.server,
            "usable": true,
            "reason": Value::Null,
            "arch": model.family,
            "quantization": model.quantization,
            "bytes": known(model.bytes),
            "instruct": Value::Null,
        })
    });
    models.collect()
}

fn document(model: &Found) -> Value {
    let header = model.header.as_ref();
    json!({
        "name": model.name,
        "path": model.path.to_string_lossy(),
        "origin": model.origin,
        "usable": model.unusable.is_none(),
        "reason": model.unusable,
        "arch": header.map(|header| &header.arch),
        "quantization": header.map(|header| &header.quantization),
        "bytes": model.bytes,
        "instruct": header.map(|header| header.has_template),
    })
}

fn info(config: &Config, model: &Path, json: bool) -> Result<(), Failure> {
    // A file first; else what the name means everywhere.
    let named = || match models::resolve(model.to_str(), &config.paths.stores) {
        // What a header complains of is what is wanted here.
        Ok(Some(ModelSpec::File(path))) | Err(ModelError::Unusable { path, .. }) => Some(path),
        _ => None,
    };
    let path = if model.exists() { None } else { named() }.unwrap_or_else(|| model.to_owned());
    let header = gguf::read(&path).map_err(|error| {
        Failure::new(FailureKind::Input, error)
            .hint("`chimera-insight models` lists the models of this machine")
    })?;
    if json {
        return print_json(&json!({
            "path": path.to_string_lossy(),
            "name": header.name,
            "arch": header.arch,
            "quantization": header.quantization,
            "params": header.params,
            "bytes": header.bytes,
            "license": header.license,
            "context_train": header.context_train,
            "layers": header.layers,
            "vocabulary": header.vocabulary,
            "tensors": header.tensors,
            "instruct": header.has_template,
            "truncated": header.is_cut_off,
            "usable": header.faults.is_empty(),
            "faults": header.faults,
        }));
    }
    let lines = [
        ("file", Shown::from_path(&path).to_string()),
        ("name", header.name),
        ("arch", header.arch),
        ("quantization", header.quantization),
        ("params", format::weights(header.params)),
        ("size", format::bytes(header.bytes)),
        ("license", header.license.unwrap_or_else(|| "not stated".into())),
        ("context", format!("{} tokens", header.context_train)),
        ("layers", header.layers.to_string()),
        ("vocabulary", format!("{} tokens", header.vocabulary)),
        ("tensors", format::count(header.tensors)),
        ("instruct", if header.has_template { "yes" } else { "no: continues a document" }.into()),
        ("usable", if header.faults.is_empty() { "yes".into() } else { header.faults.join("; ") }),
    ];
    let line = |(label, value): (&str, String)| format!("{label:<13} {}\n", Shown::new(&value));
    print(&lines.map(line).concat())
}
