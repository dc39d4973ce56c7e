//! What a measurement was made with and on: without it, no two can be compared.

use std::fs;

use serde_json::{Value, json};

use crate::{
    cli::{built_in, output::json_number, report::now_ns},
    config::Key,
    meters::Meters,
    metrics::format,
    report::model::{KvType, ModelInfo, Params},
};

/// The environment of a measurement.
pub(super) fn document(info: &ModelInfo, params: &Params) -> Value {
    let used = params.used(&info.arch, info.context_train);
    json!({
        "program": format!("chimera-insight {}", env!("CARGO_PKG_VERSION")),
        "build": built_in(),
        "date": format::utc(now_ns()),
        "os": std::env::consts::OS,
        "cpu": cpu(),
        "cores": std::thread::available_parallelism().map(usize::from).ok(),
        "threads": info.threads,
        "device": info.device,
        "model_file": info.path.file_name().map(|name| name.to_string_lossy().into_owned()),
        "arch": info.arch,
        "quantization": info.quantization,
        "params": info.params,
        "bytes": info.bytes,
        "layers": info.layers,
        "num_gpu": info.layers_offloaded,
        "num_ctx": info.num_ctx,
        "temperature": json_number(used.temperature),
        "top_k": used.top_k,
        "top_p": json_number(used.top_p),
        "min_p": json_number(used.min_p),
        "repeat_penalty": json_number(used.repeat_penalty),
        "batch": used.batch,
        "flash_attn": used.flash_attn,
        "lookup": Key::Lookup.text(&used),
        "kv_type": used.kv_type.map(KvType::name),
        "seed": used.seed,
        "num_predict": used.num_predict,
    })
}

/// The machine of a measurement.
pub(super) fn machine(meters: &Meters) -> Value {
    let gpus: Vec<String> = meters.gpu_names().iter().map(ToString::to_string).collect();
    json!({
        "os": std::env::consts::OS,
        "cpu": cpu(),
        "cores": std::thread::available_parallelism().map(usize::from).ok(),
        "gpus": gpus,
        "gpu_driver": meters.driver().map(|version| version.to_string()),
    })
}

/// The processor's name, where the system tells it.
fn cpu() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
