//! What the Engine tab tells: of the selected model what its header says, of the engine what
//! it is doing, the settings in force, and what the log said last.

use super::{super::App, ModelLine};
use crate::{
    app::{
        EngineState,
        action::Action,
        form,
        keymap::Context,
        sheet::{Sheet, SheetColumn, run},
    },
    config::{KeepAlive, Key},
    engine::{ModelSpec, gguf::Header, models::Found, offload},
    metrics::format,
    report::model::{ALL_LAYERS, DEFAULT_NUM_CTX, ModelInfo},
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// What every build with llama.cpp can run models on.
const CPU: &str = "CPU";
/// Columns of the label of what stands out: those of the other labels.
const LABEL: usize = 11;
/// Bytes of a cached value.
const CACHED_BYTES: u64 = 2;
/// Lines of the log that are told; the file has all of them.
const LOG_LINES: usize = 40;

impl App {
    /// Lays the Engine tab out.
    pub(in crate::app) fn lay_engine_out(&mut self) {
        self.engine_tab.lay_out(&self.areas);
        let rows = if self.areas.detail_rows.is_empty() { Vec::new() } else { self.told() };
        self.engine_tab.take_detail(rows);
        self.engine_tab.told_minutes = self.minutes_left();
    }

    /// Lays it out again where a time that it tells has gone on.
    pub(in crate::app) fn refresh_engine(&mut self) {
        if self.minutes_left() != self.engine_tab.told_minutes {
            self.lay_engine_out();
        }
    }

    fn told(&self) -> Vec<Row> {
        let mut sheet = Sheet::new(self.areas.detail_rows.width);
        if let Some(line) = self.engine_tab.selected_line() {
            self.tell_model(&mut sheet, line);
        }
        self.tell_bench(&mut sheet);
        self.tell_engine(&mut sheet);
        self.tell_machine(&mut sheet);
        self.tell_settings(&mut sheet);
        self.tell_log(&mut sheet);
        sheet.into_rows()
    }

    pub(in crate::app) fn key(&self, action: Action) -> String {
        self.keymap.key(Context::List, action).unwrap_or_else(|| "no key".to_owned())
    }

    fn tell_model(&self, sheet: &mut Sheet, line: &ModelLine) {
        let Some(found) = &line.found else {
            match &line.spec {
                Some(ModelSpec::Remote(spec)) => {
                    sheet.text(
                        Role::Body,
                        "A model at an endpoint: the facts and prompts of a report are sent there.",
                    );
                    sheet.pair("endpoint", &spec.endpoint.to_string());
                    if let Some(model) = &spec.model {
                        sheet.pair("model", model);
                    }
                }
                Some(_) => {
                    sheet.text(Role::Body, "A script that writes without a model, to try the program.");
                }
                None => self.tell_none(sheet),
            }
            return;
        };
        if let Some(fault) = &line.fault {
            sheet.runs(&[run("cannot be used: ", Role::Strong), run(fault.as_str(), Role::Body)], 2);
        }
        if let Some(header) = &found.header {
            tell_header(sheet, found, header, self.params.num_ctx);
        } else {
            sheet.pair("size", &format::bytes(found.bytes));
        }
        sheet.pair("found in", found.origin);
        sheet.pair("file", Shown::from_path(&found.path).as_str());
    }

    /// What to do where there is no model, or none is wanted.
    fn tell_none(&self, sheet: &mut Sheet) {
        sheet.text(Role::Body, "The report is written by code alone: every figure, no prose of a model.");
        if self.engine_tab.lines.len() == 1 {
            sheet.heading("No model was found");
            sheet.text(
                Role::Body,
                "Put a GGUF file into the model folder, or fetch one with Ollama, LM Studio, llama.cpp or `hf \
                 download`: the program looks where they keep theirs.",
            );
            sheet.text(Role::Muted, "`chimera-insight models` names the folders.");
        }
        for note in &self.engine_tab.notes {
            sheet.text(Role::Muted, note);
        }
    }

    fn tell_engine(&self, sheet: &mut Sheet) {
        sheet.heading("Engine");
        let name = self.model_name.as_ref().map_or("", |name| name.as_str());
        let state = match &self.engine {
            EngineState::NoModel(reason) => format!("no model: {reason}"),
            EngineState::Idle => {
                format!("{name}, not loaded; {} loads it, and so does a report", self.key(Action::LoadModel))
            }
            EngineState::Loading(share) => format!("loading {name}, {:.0} %", f64::from(*share) * 100.0),
            EngineState::Ready => {
                format!("{name} is loaded; {} frees its memory", self.key(Action::UnloadModel))
            }
        };
        sheet.pair("state", &state);
        if let Some(failure) = &self.engine_tab.failure {
            sheet.pair_with("failed", LABEL, failure.as_str(), Role::Strong);
        }
        let loaded = self.model.as_ref().filter(|_| self.engine == EngineState::Ready);
        match loaded {
            Some(model) => tell_loaded(sheet, model),
            None if self.model_spec.as_ref().is_some_and(ModelSpec::is_remote) => {}
            None => self.tell_plan(sheet),
        }
        let sight = &self.engine_tab.sight;
        let mut memory = Vec::new();
        if let Some((id, bytes)) = sight.process {
            memory.push(format!("{} in the engine's process {id}", format::bytes(bytes)));
        }
        if let Some((free, total)) = sight.memory {
            memory.push(format!("{} of {} free", format::bytes(free), format::bytes(total)));
        }
        if !memory.is_empty() {
            sheet.pair("memory", &memory.join("; "));
        }
        if let Some(confined) = &self.engine_tab.confined {
            sheet.pair("process", &confined.to_string());
        }
        if loaded.is_some() {
            self.tell_cache(sheet);
            let keep = match (self.settings.keep_alive, self.minutes_left()) {
                (KeepAlive::Forever, _) => "stays until you unload it (keep_alive -1)".to_owned(),
                (KeepAlive::For(time), _) if time.is_zero() => {
                    "unloaded after the next report (keep_alive 0)".to_owned()
                }
                (time, None) => format!("unloaded when unused for {time} (keep_alive)"),
                (time, Some(minutes)) => {
                    format!("unloaded when unused for {time} (keep_alive): {minutes} min left")
                }
            };
            sheet.pair("stays", &keep);
        }
    }

    /// Where a model would be put that is not loaded.
    fn tell_plan(&self, sheet: &mut Sheet) {
        let sight = &self.engine_tab.sight;
        let has_gpu = sight.built_in.iter().any(|name| *name != CPU);
        let plan = match self.params.num_gpu {
            _ if sight.built_in.is_empty() => return,
            _ if !sight.built_in.contains(&CPU) => {
                "no file can be loaded: this build has no llama.cpp".to_owned()
            }
            _ if !has_gpu => "all layers on the CPU: this build uses no GPU".to_owned(),
            None => {
                "as many layers as fit on the GPU beside the reserve (gpu_reserve), fewer where a load fails"
                    .to_owned()
            }
            Some(0) => "all layers on the CPU (num_gpu 0)".to_owned(),
            Some(layers) if layers >= ALL_LAYERS => {
                "all layers on the GPU (num_gpu all), fewer or none where they do not fit".to_owned()
            }
            Some(layers) => {
                format!("{layers} layers on the GPU (num_gpu), fewer or none where they do not fit")
            }
        };
        sheet.pair("plan", &plan);
        if has_gpu {
            self.tell_offload(sheet);
        }
        if sight.built_in.contains(&CPU) {
            sheet.pair("runs on", &sight.built_in.join(", "));
        }
    }

    /// What the plan comes to with the memory that the meters saw free.
    fn tell_offload(&self, sheet: &mut Sheet) {
        let header = self.engine_tab.chosen().and_then(|found| found.header.as_ref());
        let (Some(header), Some(sample)) = (header, self.machine.latest()) else { return };
        let gpus: Vec<offload::Gpu> = sample
            .gpus
            .iter()
            .filter_map(|gpu| {
                let (used, total) = gpu.memory?;
                let free = total.saturating_sub(used);
                Some(offload::Gpu { name: gpu.name.to_string(), free, total })
            })
            .collect();
        if gpus.is_empty() || self.params.num_gpu == Some(0) {
            return;
        }
        let planned = offload::plan(header, &self.params, &gpus);
        // The output counts as one layer more.
        let layers = planned.first.layers.min(header.layers);
        let context = format::count(u64::from(planned.first.num_ctx));
        let mut text = format!("{layers} of {} layers with a context of {context} tokens now", header.layers);
        if let Some(reason) = offload::refusal(&planned, &self.params, &gpus) {
            text = reason;
        }
        sheet.pair("offload", &text);
        let reserve = self.params.gpu_reserve.unwrap_or_default();
        for (gpu, bytes) in gpus.iter().zip(&planned.bytes).filter(|(_, bytes)| **bytes > 0) {
            let (takes, free) = (format::bytes(*bytes), format::bytes(gpu.free));
            let kept = format::bytes(reserve.of(gpu.total));
            sheet.pair("takes", &format!("about {takes} of {free} free on {}, reserve {kept}", gpu.name));
        }
    }

    /// What of the prompt is still evaluated.
    fn tell_cache(&self, sheet: &mut Sheet) {
        let report = &self.report;
        let (cached, prompt) = (report.totals.cached_prompt_tokens, report.totals.prompt_tokens);
        let text = if report.context_used == 0 {
            "empty: nothing was evaluated yet".to_owned()
        } else if prompt == 0 {
            format!("{} tokens", format::count(report.context_used as u64))
        } else {
            format!(
                "{} tokens; {} of {} prompt tokens of the last report were found in it",
                format::count(report.context_used as u64),
                format::count(cached),
                format::count(prompt)
            )
        };
        sheet.pair("cache", &text);
        if let Some(saved) = report.totals.saved().filter(|_| cached > 0) {
            sheet.pair("saved", &format!("{} of evaluating, in the last report", format::duration(saved)));
        }
        let (drafted, accepted) = (report.totals.drafted_tokens, report.totals.accepted_tokens);
        if drafted > 0 {
            let (drafted, accepted) = (format::count(drafted), format::count(accepted));
            sheet.pair(
                "lookup",
                &format!("{accepted} of {drafted} tokens tried ahead were right, in the last report"),
            );
        }
        let (freshening, zone) = (&self.freshening, self.inventory.zone.as_ref());
        match freshening.held {
            _ if freshening.is_evaluating() => {
                sheet.pair("ahead", "the next report's prompt is being evaluated");
            }
            Some((ahead, at)) => {
                let whole = if ahead.is_whole { "all" } else { "the beginning" };
                let tokens = format::count(ahead.tokens as u64);
                let text = format!(
                    "{tokens} tokens, {whole} of the next report's prompt ({})",
                    format::clock(at, zone)
                );
                sheet.pair("ahead", &text);
            }
            None if !freshening.is_wanted => sheet.pair("ahead", "nothing is evaluated ahead (freshen)"),
            None => {}
        }
        if let Some((saved, at)) = &freshening.saved {
            let (size, file) = (format::bytes(saved.bytes), Shown::from_path(&saved.file));
            sheet.pair("on disk", &format!("{size} in {file} ({})", format::clock(*at, zone)));
        }
    }

    fn tell_settings(&self, sheet: &mut Sheet) {
        sheet.heading(&format!("Settings ({} edits them)", self.key(Action::EditSettings)));
        let column = |title: &str, of: &dyn Fn(Key) -> String| SheetColumn {
            title: Shown::new(title),
            cells: Key::editable().map(|key| Shown::new(&of(key))).collect(),
            is_numeric: false,
        };
        sheet.table(&[
            column("", &|key| key.name().to_owned()),
            column("value", &|key| form::value(self, key)),
            column("set by", &|key| self.settings.origin(key).to_string()),
            column("may be", &|key| form::allowed(self, key)),
        ]);
    }

    fn tell_log(&self, sheet: &mut Sheet) {
        let sight = &self.engine_tab.sight;
        let Some(file) = &sight.log_file else { return };
        sheet.heading("Log");
        sheet.text(Role::Muted, &format!("{} ({} opens it)", Shown::from_path(file), self.key(Action::Edit)));
        if sight.log.is_empty() {
            sheet.text(Role::Muted, "nothing yet");
        }
        for line in &sight.log[sight.log.len().saturating_sub(LOG_LINES)..] {
            let role = if line.as_str().contains("ERROR") { Role::Strong } else { Role::Body };
            sheet.text(role, line.as_str());
        }
    }
}

/// What the header of a file says.
fn tell_header(sheet: &mut Sheet, found: &Found, header: &Header, num_ctx: Option<u32>) {
    if !header.name.is_empty() {
        sheet.pair("name", &header.name);
    }
    sheet.pair(
        "model",
        &format!(
            "{}, {} weights, {}, {}",
            header.arch,
            format::weights(header.params),
            header.quantization,
            format::bytes(found.bytes)
        ),
    );
    sheet.pair(
        "made of",
        &format!(
            "{} layers, {} tensors, a vocabulary of {} tokens",
            header.layers,
            format::count(header.tensors),
            format::count(header.vocabulary)
        ),
    );
    let trained = header.context_train;
    let mut context = vec![format!("trained for {} tokens", format::count(u64::from(trained)))];
    if header.window > 0 {
        context.push(format!("a window of {}", format::count(u64::from(header.window))));
    }
    let tokens = num_ctx.unwrap_or(DEFAULT_NUM_CTX.min(if trained == 0 { u32::MAX } else { trained }));
    let cache = header.cache_width.saturating_mul(CACHED_BYTES).saturating_mul(u64::from(tokens));
    if cache > 0 {
        let tokens = format::count(u64::from(tokens));
        context.push(format!("a context of {tokens} takes {}", format::bytes(cache)));
    }
    sheet.pair("context", &context.join(", "));
    let template = if header.has_template {
        "has a chat template: follows instructions"
    } else {
        "has no chat template: a base model, it continues a document"
    };
    sheet.pair("template", template);
    sheet.pair("licence", header.license.as_deref().unwrap_or("not stated"));
}

/// Where a model lies that is loaded.
fn tell_loaded(sheet: &mut Sheet, model: &ModelInfo) {
    let device = model.place();
    let place = match (model.layers, model.layers_offloaded) {
        (0, _) => device,
        (layers, 0) => format!("{device}: all {layers} layers"),
        // The output is offloaded as one layer more.
        (layers, on_gpu) if on_gpu >= layers => format!("{device}: all {layers} layers"),
        (layers, on_gpu) => format!("{device}: {on_gpu} of {layers} layers, the others on the CPU"),
    };
    if model.fallback.is_some() {
        sheet.pair_with("runs on", LABEL, &place, Role::Strong);
    } else {
        sheet.pair("runs on", &place);
    }
    for step in &model.stepped_down {
        sheet.pair("stepped", step);
    }
    if let Some(remote) = &model.remote {
        sheet.pair("context", &format!("{} tokens", format::count(u64::from(model.num_ctx))));
        for lack in &remote.lacks {
            sheet.pair("lacks", lack);
        }
        return;
    }
    let threads =
        if model.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", model.threads) };
    sheet.pair(
        "context",
        &format!(
            "{} tokens, {threads}, loaded in {} ms",
            format::count(u64::from(model.num_ctx)),
            format::number(model.load_ms.round())
        ),
    );
}
