//! The binding to llama.cpp: the only file that knows `llama_cpp_2`, with those below it.
//! Here: loading a model, making its context, lending the engine.

mod draft;
mod hand;
mod measure;
mod memory;
mod place;
mod rehearsal;
mod sampler;
mod session;
mod shelf;
mod vocabulary;

use std::{
    num::NonZeroU32,
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use llama_cpp_2::{
    LogOptions,
    context::{
        LlamaContext,
        params::{KvCacheType, LlamaContextParams},
    },
    llama_backend::LlamaBackend,
    model::{LlamaModel, params::LlamaModelParams},
    send_logs_to_tracing,
};
use llama_cpp_sys_2::{
    LLAMA_FLASH_ATTN_TYPE_AUTO, LLAMA_FLASH_ATTN_TYPE_DISABLED, LLAMA_FLASH_ATTN_TYPE_ENABLED,
};

use self::{
    memory::Plan,
    place::{Cores, Place},
    rehearsal::Rehearsal,
    session::Session,
    shelf::Shelf,
};
use super::{
    Backend, Engine, EngineError, Keeping, Loading, ModelSpec,
    confine::memory as memory_limit,
    gguf::{self, Header},
    models,
    offload::{Attempt, SteppedDown},
    worker::{Stopwatch, log},
};
use crate::report::model::{KvType, ModelInfo, Params};

/// Most tokens of a decode call. llama.cpp aborts on more than it was told.
const MAX_BATCH: u32 = 512;

/// llama.cpp, started when the first model is loaded.
pub(super) struct Llama {
    backend: Option<LlamaBackend>,
    /// Where evaluated prompts are kept, if anywhere.
    keeping: Option<Keeping>,
    /// GPUs that are made up for a test.
    rehearsal: Option<Rehearsal>,
}

/// What a failed attempt means for the next one.
enum Failure {
    /// Another attempt would fail as well.
    Final(EngineError),
    /// With fewer layers on the GPU it may work.
    Memory(EngineError),
}

impl Llama {
    pub(super) fn new(keeping: Option<Keeping>) -> Self {
        Self { backend: None, keeping, rehearsal: Rehearsal::asked_for() }
    }

    fn backend(&mut self) -> Result<&LlamaBackend, EngineError> {
        if self.backend.is_none() {
            send_logs_to_tracing(LogOptions::default());
            #[cfg(feature = "dynamic")]
            place::load_backends().map_err(EngineError::Decode)?;
            let started = LlamaBackend::init().map_err(|error| EngineError::Decode(error.to_string()))?;
            self.backend = Some(started);
        }
        self.backend.as_ref().ok_or_else(|| EngineError::Decode("llama.cpp did not start".into()))
    }
}

impl Backend for Llama {
    fn session(
        &mut self,
        model: &ModelSpec,
        params: &Params,
        progress: &mut dyn FnMut(Loading) -> ControlFlow<()>,
        body: &mut dyn FnMut(&mut dyn Engine),
    ) -> Result<(), EngineError> {
        let watch = Stopwatch::start();
        let name = model.name();
        let refuse = |reason: String| EngineError::Load { name: name.clone(), reason };
        let ModelSpec::File(path) = model else {
            return Err(refuse("it is no file".into()));
        };
        let header = gguf::read(path).map_err(|error| match error {
            gguf::GgufError::Io { source, .. } => refuse(source.to_string()),
            gguf::GgufError::Malformed { reason, .. } => refuse(reason.as_str().to_owned()),
        })?;
        if let Some(fault) = header.faults.first() {
            return Err(refuse(fault.clone()));
        }
        memory::check_asked(&header, params)?;
        let keeping = self.keeping.clone();
        self.backend()?;
        let Some(backend) = &self.backend else { return Err(refuse("llama.cpp did not start".into())) };
        let rehearsal = self.rehearsal.as_ref();
        let gpus = rehearsal.map_or_else(place::gpus, |rehearsal| rehearsal.gpus.clone());
        let place = Place::find(&header, params, gpus);
        let attempts = place.attempts(params);
        let mut stepped_down = Vec::new();
        let mut failed = None;
        for (number, &attempt) in attempts.iter().enumerate() {
            let job = Job {
                backend,
                path,
                name: &name,
                header: &header,
                params,
                place: &place,
                rehearsal,
                attempt,
                stepped_down: &stepped_down,
                fallback: place.fallback(
                    attempt.layers,
                    failed.as_ref().map(|(_, reason): &(_, String)| reason.as_str()),
                ),
                keeping: keeping.as_ref(),
            };
            let error = match job.run(&watch, progress, body) {
                Ok(()) => return Ok(()),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Memory(error)) => error,
            };
            let reason = reason_of(&error);
            if let Some(&to) = attempts.get(number + 1) {
                let step = SteppedDown { from: attempt, to, reason: reason.clone() };
                tracing::warn!("{step}");
                stepped_down.push(step.to_string());
                if progress(Loading::SteppedDown(step)).is_break() {
                    return Err(EngineError::Cancelled);
                }
            }
            // The reason of the first attempt is the one that was asked for.
            failed.get_or_insert((error, reason));
        }
        Err(failed.map_or_else(|| refuse("there is no device for it".into()), |(error, _)| error))
    }
}

/// Why a way failed, without what it was for.
fn reason_of(error: &EngineError) -> String {
    match error {
        EngineError::Load { reason, .. } | EngineError::Context { reason, .. } => reason.clone(),
        other => other.to_string(),
    }
}

/// One attempt.
struct Job<'a> {
    backend: &'a LlamaBackend,
    path: &'a Path,
    name: &'a str,
    header: &'a Header,
    params: &'a Params,
    place: &'a Place,
    rehearsal: Option<&'a Rehearsal>,
    attempt: Attempt,
    /// What was tried before it.
    stepped_down: &'a [String],
    /// Why no GPU is used.
    fallback: Option<String>,
    keeping: Option<&'a Keeping>,
}

impl Job<'_> {
    fn run(
        &self,
        watch: &Stopwatch,
        progress: &mut dyn FnMut(Loading) -> ControlFlow<()>,
        body: &mut dyn FnMut(&mut dyn Engine),
    ) -> Result<(), Failure> {
        let plan = Plan::make(self.header, self.params, place::most_threads(), self.attempt)
            .map_err(Failure::Final)?;
        memory_limit::allow(self.header.bytes.saturating_add(plan.bytes));
        let model = self.load(progress)?;
        let context = self.context(&model, &plan, self.place.threads)?;
        let remake = |threads| {
            let context = memory::is_room_for(&plan).then(|| self.context(&model, &plan, threads));
            context.and_then(Result::ok)
        };
        let mut session = Session::new(&model, context, self.header.window, &plan);
        // Threads that were asked for stay, and on a GPU they do not matter.
        if self.params.threads.is_none() && self.attempt.layers == 0 {
            session.threads = Some((Cores::watch(), &remake));
        }
        session.info = ModelInfo {
            name: models::model_name(self.path, self.header),
            arch: self.header.arch.clone(),
            quantization: self.header.quantization.clone(),
            params: self.header.params,
            bytes: self.header.bytes,
            path: self.path.to_owned(),
            instruct: session.render("s", "u").is_some(),
            context_train: self.header.context_train,
            layers: self.header.layers,
            layers_offloaded: self.attempt.layers,
            device: self.place.device(self.attempt.layers),
            fallback: self.fallback.clone(),
            stepped_down: self.stepped_down.to_vec(),
            num_ctx: plan.num_ctx,
            threads: self.place.threads,
            load_ms: watch.elapsed().as_secs_f64() * 1e3,
            remote: None,
            sha256: None,
            card: None,
        };
        session.shelf = self.keeping.and_then(|keeping| self.shelf(keeping, &plan));
        body(&mut session);
        Ok(())
    }

    /// Where prompts are kept that this model evaluates in this way.
    fn shelf(&self, keeping: &Keeping, plan: &Plan) -> Option<Shelf> {
        let layers = self.attempt.layers;
        let (device, flash) = (self.place.device(layers), self.params.flash_attn);
        let settings = format!("{plan:?}, flash attention {flash:?}, {layers} layers on {device}");
        Shelf::open(keeping, self.path, &settings, memory::token_bytes(self.header, plan.kv_type))
    }

    /// Loads on a thread of its own: the progress callback must own what it uses.
    fn load(&self, progress: &mut dyn FnMut(Loading) -> ControlFlow<()>) -> Result<LlamaModel, Failure> {
        log::take_errors();
        if self.attempt.layers > 0 && self.rehearsal.is_some_and(Rehearsal::fails) {
            let reason = "out of memory, for a test".to_owned();
            return Err(self.failure(EngineError::Load { name: self.name.to_owned(), reason }));
        }
        let layers = if self.rehearsal.is_some() { 0 } else { self.attempt.layers };
        let (backend, path) = (self.backend, self.path);
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, shares) = mpsc::channel();
        let loaded = thread::scope(|scope| {
            let stopped = Arc::clone(&stop);
            let loader = scope.spawn(move || {
                let params = LlamaModelParams::default().with_n_gpu_layers(layers).with_progress_callback(
                    move |share| {
                        let _ = sender.send(share);
                        !stopped.load(Ordering::Relaxed)
                    },
                );
                LlamaModel::load_from_file(backend, path, &params)
            });
            // Ends with the loader, which drops the sender.
            for share in shares {
                if progress(Loading::Share(share)).is_break() {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            loader.join()
        });
        match loaded {
            Ok(Ok(model)) => Ok(model),
            _ if stop.load(Ordering::Relaxed) => Err(Failure::Final(EngineError::Cancelled)),
            Ok(Err(error)) => {
                let reason = reason().unwrap_or_else(|| error.to_string());
                Err(self.failure(EngineError::Load { name: self.name.to_owned(), reason }))
            }
            Err(_) => {
                let reason = "the loading thread panicked; its log says more".to_owned();
                Err(Failure::Final(EngineError::Load { name: self.name.to_owned(), reason }))
            }
        }
    }

    fn context<'m>(
        &self,
        model: &'m LlamaModel,
        plan: &Plan,
        threads: u32,
    ) -> Result<LlamaContext<'m>, Failure> {
        log::take_errors();
        let threads = i32::try_from(threads).unwrap_or(1);
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(plan.num_ctx))
            .with_n_batch(MAX_BATCH)
            .with_n_ubatch(plan.batch)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_swa_full(plan.whole_window)
            .with_type_k(cache_type(self.params.kv_type))
            .with_type_v(cache_type(self.params.kv_type))
            .with_flash_attention_policy(match self.params.flash_attn {
                None => LLAMA_FLASH_ATTN_TYPE_AUTO,
                Some(true) => LLAMA_FLASH_ATTN_TYPE_ENABLED,
                Some(false) => LLAMA_FLASH_ATTN_TYPE_DISABLED,
            });
        model.new_context(self.backend, params).map_err(|error| {
            let reason = reason().unwrap_or_else(|| error.to_string());
            self.failure(EngineError::Context { asked: plan.num_ctx, reason })
        })
    }

    fn failure(&self, error: EngineError) -> Failure {
        if self.attempt.layers > 0 { Failure::Memory(error) } else { Failure::Final(error) }
    }
}

fn cache_type(kv_type: Option<KvType>) -> KvCacheType {
    match kv_type.unwrap_or(KvType::F16) {
        KvType::F32 => KvCacheType::F32,
        KvType::F16 => KvCacheType::F16,
        KvType::Q8_0 => KvCacheType::Q8_0,
        KvType::Q5_1 => KvCacheType::Q5_1,
        KvType::Q5_0 => KvCacheType::Q5_0,
        KvType::Q4_1 => KvCacheType::Q4_1,
        KvType::Q4_0 => KvCacheType::Q4_0,
    }
}

/// Why llama.cpp failed: the first of its errors says it, the rest that it failed.
fn reason() -> Option<String> {
    let errors = log::take_errors();
    // The memory of a GPU has no limit of ours, and its driver's words say more.
    if !memory_limit::HAS_GPU && errors.iter().any(|line| memory_limit::is_shortage(line)) {
        let limit = memory_limit::limit().map(|bytes| format!(" (its limit is {} MiB)", bytes >> 20));
        return Some(format!(
            "the engine process has no memory for it{}; take a smaller model or a smaller num_ctx",
            limit.unwrap_or_default()
        ));
    }
    let told =
        errors.iter().find_map(|line| line.split_once("error loading model: ").map(|(_, reason)| reason));
    told.or(errors.first().map(String::as_str)).map(|line| line.trim().to_owned())
}
