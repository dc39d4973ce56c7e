//! What can be set: one list of names, ranges and fields.

use std::{fmt::Display, ops::RangeInclusive, path::PathBuf, str::FromStr};

use super::{
    Config, KeepAlive,
    look::{self, Colors},
};
use crate::{
    engine::remote::Endpoint,
    report::{
        model::{self, ALL_LAYERS, KvType, Params, Reserve},
        writing::Degree,
    },
};

/// Says "as if nobody had set it".
const DEFAULT: &str = "default";

/// The model's card decides, or the terminal.
const AUTO: &str = look::AUTO;

/// It is done whatever it costs.
const ON: &str = "on";
/// Nothing is kept on disk, or it is not done.
const OFF: &str = "off";
/// MiB of evaluated prompts: less holds none, more is a slip.
const PREFIX_CACHE: RangeInclusive<u32> = 1..=1_048_576;
/// The same unless set: a dozen folders with a small model, two or three with a large one.
pub(super) const USUAL_PREFIX_CACHE: u32 = 512;

/// No endpoint.
const NONE: &str = "none";
/// As many layers as there are.
const EVERY: &str = "all";
const NUM_GPU: RangeInclusive<u32> = 0..=ALL_LAYERS;
/// Shorter contexts hold no prompt; longer ones no memory holds.
const NUM_CTX: RangeInclusive<u32> = 256..=1_048_576;
const TEMPERATURE: RangeInclusive<f32> = 0.0..=5.0;
const TOP_K: RangeInclusive<i32> = 0..=100_000;
const SHARE: RangeInclusive<f32> = 0.0..=1.0;
const REPEAT_PENALTY: RangeInclusive<f32> = 0.1..=10.0;
const SEED: RangeInclusive<u32> = 0..=u32::MAX;
const NUM_PREDICT: RangeInclusive<u32> = 1..=131_072;
const THREADS: RangeInclusive<u32> = 1..=1024;
/// More the engine does not take in one step.
const BATCH: RangeInclusive<u32> = 1..=512;
const RESERVE: &str = "a number of MiB or a share as 10%";
const KEEP_ALIVE: &str = "a time as 5m or 1h30m, 0 for at once, or -1 for never";

/// What can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Key {
    Dir,
    Model,
    Engine,
    Persona,
    Offline,
    Confine,
    NoColor,
    Meters,
    Theme,
    Color,
    Ascii,
    Mouse,
    Remember,
    NumGpu,
    NumCtx,
    Temperature,
    TopK,
    TopP,
    MinP,
    RepeatPenalty,
    Seed,
    NumPredict,
    Threads,
    Batch,
    FlashAttn,
    KvType,
    GpuReserve,
    Lookup,
    Writing,
    KeepAlive,
    PrefixCache,
    Freshen,
    YieldGpu,
}

impl Key {
    /// All, in the order in which they are printed.
    pub const ALL: [Key; 33] = [
        Key::Dir,
        Key::Model,
        Key::Engine,
        Key::Persona,
        Key::Offline,
        Key::Confine,
        Key::NoColor,
        Key::Meters,
        Key::Theme,
        Key::Color,
        Key::Ascii,
        Key::Mouse,
        Key::Remember,
        Key::NumGpu,
        Key::NumCtx,
        Key::Temperature,
        Key::TopK,
        Key::TopP,
        Key::MinP,
        Key::RepeatPenalty,
        Key::Seed,
        Key::NumPredict,
        Key::Threads,
        Key::Batch,
        Key::FlashAttn,
        Key::KvType,
        Key::GpuReserve,
        Key::Lookup,
        Key::Writing,
        Key::KeepAlive,
        Key::PrefixCache,
        Key::Freshen,
        Key::YieldGpu,
    ];

    /// The name in files, after `--set` and, in capitals, in the environment.
    pub fn name(self) -> &'static str {
        match self {
            Key::Dir => "dir",
            Key::Model => "model",
            Key::Engine => "engine",
            Key::Persona => "persona",
            Key::Offline => "offline",
            Key::Confine => "confine",
            Key::NoColor => "no_color",
            Key::Meters => "meters",
            Key::PrefixCache => "prefix_cache",
            Key::Freshen => "freshen",
            Key::Theme => "theme",
            Key::Color => "color",
            Key::Ascii => "ascii",
            Key::Mouse => "mouse",
            Key::Remember => "remember",
            Key::NumGpu => "num_gpu",
            Key::NumCtx => "num_ctx",
            Key::Temperature => "temperature",
            Key::TopK => "top_k",
            Key::TopP => "top_p",
            Key::MinP => "min_p",
            Key::RepeatPenalty => "repeat_penalty",
            Key::Seed => "seed",
            Key::NumPredict => "num_predict",
            Key::Threads => "threads",
            Key::Batch => "batch",
            Key::FlashAttn => "flash_attn",
            Key::KvType => "kv_type",
            Key::YieldGpu => "yield_gpu",
            Key::GpuReserve => "gpu_reserve",
            Key::Lookup => "lookup",
            Key::Writing => "writing",
            Key::KeepAlive => "keep_alive",
        }
    }

    /// What it sets, in a few words.
    pub fn help(self) -> &'static str {
        match self {
            Key::Dir => "the folder watched",
            Key::Model => "the model",
            Key::Engine => "the endpoint whose models write, in place of those of this machine",
            Key::Persona => "who the report is written as",
            Key::Offline => "no network, ever",
            Key::Confine => {
                "the engine's process is kept from files, network and memory that it does not need"
            }
            Key::NoColor => "no colour",
            Key::Meters => "processor, memory and GPU are sampled every 2 s",
            Key::PrefixCache => "MiB of evaluated prompts kept on disk, so that they are not evaluated again",
            Key::Freshen => "the next report's prompt is evaluated while the machine is idle",
            Key::Theme => "the theme of the screen",
            Key::Color => "how many colours the screen has",
            Key::Ascii => "the screen is of ASCII alone",
            Key::Mouse => "the mouse is the program's",
            Key::Remember => "the screen of a folder comes back as it was left",
            Key::NumGpu => "layers of the model on the GPU; fewer leave it more memory",
            Key::NumCtx => "tokens that prompt and answer have room in; more take more memory",
            Key::Temperature => "how freely tokens are drawn; 0 takes the most likely one",
            Key::TopK => "only so many of the most likely tokens are drawn from",
            Key::TopP => "only the most likely tokens up to this share are drawn from",
            Key::MinP => "tokens below this share of the most likely one are left out",
            Key::RepeatPenalty => "weighs down tokens of the last 64; 1 does not",
            Key::Seed => "the same seed draws the same tokens again",
            Key::NumPredict => "most tokens of an answer",
            Key::Threads => "threads that decode; as many as there are free cores are fastest",
            Key::Batch => "tokens of the prompt that are evaluated in one step",
            Key::FlashAttn => "attention that needs less memory; a GPU gains by it",
            Key::KvType => "how the cache stores keys and values; smaller ones save memory",
            Key::YieldGpu => "the model leaves the GPU when another process needs it",
            Key::GpuReserve => "MiB or percent of a GPU that num_gpu auto leaves free for others",
            Key::Lookup => "words that stood there before are tried several at once; auto where it is faster",
            Key::Writing => "how free the model is in writing; auto goes by how it was measured",
            Key::KeepAlive => "an unused model is unloaded after this time",
        }
    }

    /// What its value may be.
    pub fn allowed(self) -> String {
        fn range<T: Display>(range: &RangeInclusive<T>) -> String {
            format!("{} to {}", range.start(), range.end())
        }
        match self {
            Key::NumGpu => format!("{AUTO}, {EVERY}, {}", range(&NUM_GPU)),
            Key::NumCtx => range(&NUM_CTX),
            Key::Temperature => range(&TEMPERATURE),
            Key::TopK => range(&TOP_K),
            Key::TopP | Key::MinP => range(&SHARE),
            Key::RepeatPenalty => range(&REPEAT_PENALTY),
            Key::Seed => range(&SEED),
            Key::NumPredict => range(&NUM_PREDICT),
            Key::Threads => range(&THREADS),
            Key::Batch => range(&BATCH),
            Key::KvType => KvType::ALL.map(KvType::name).join(", "),
            Key::GpuReserve => RESERVE.to_owned(),
            Key::Lookup => format!("{AUTO}, {ON} or {OFF}"),
            Key::Writing => std::iter::once(AUTO)
                .chain(Degree::ALL.into_iter().map(Degree::name))
                .collect::<Vec<_>>()
                .join(", "),
            Key::KeepAlive => KEEP_ALIVE.to_owned(),
            Key::Dir | Key::Model | Key::Persona | Key::Theme => "a name".to_owned(),
            Key::Engine => format!("an address as http://localhost:8080, or {NONE}"),
            Key::Color => Colors::ALL.into_iter().map(Colors::name).collect::<Vec<_>>().join(", "),
            Key::Ascii | Key::FlashAttn => format!("{AUTO}, true or false"),
            Key::PrefixCache => format!("{OFF} or {}", range(&PREFIX_CACHE)),
            Key::Offline
            | Key::Confine
            | Key::NoColor
            | Key::Meters
            | Key::Freshen
            | Key::YieldGpu
            | Key::Mouse
            | Key::Remember => "true or false".to_owned(),
        }
    }

    /// The key of a name.
    pub fn of(name: &str) -> Option<Self> {
        Key::ALL.into_iter().find(|key| key.name() == name)
    }

    /// The key of a name that `--set` takes: what a model is run with.
    pub fn param(name: &str) -> Option<Self> {
        Self::of(name).filter(|key| key.is_settable())
    }

    /// What can be edited between two reports, in the order in which it is shown.
    pub fn editable() -> impl Iterator<Item = Self> {
        std::iter::once(Key::Persona).chain(Key::ALL.into_iter().filter(|key| key.is_param()))
    }

    fn is_settable(self) -> bool {
        self.is_param() || matches!(self, Key::PrefixCache | Key::Freshen | Key::YieldGpu)
    }

    fn is_param(self) -> bool {
        !matches!(
            self,
            Key::Dir
                | Key::Model
                | Key::Engine
                | Key::Persona
                | Key::Offline
                | Key::Confine
                | Key::NoColor
                | Key::Meters
                | Key::PrefixCache
                | Key::Freshen
                | Key::YieldGpu
                | Key::Theme
                | Key::Color
                | Key::Ascii
                | Key::Mouse
                | Key::Remember
        )
    }

    /// Sets a value from its text. The error names the key, what it may be and what it was.
    pub(super) fn apply(self, config: &mut Config, text: &str) -> Result<(), String> {
        match self {
            Key::Dir => config.folder = PathBuf::from(self.words(text)?),
            Key::Model => config.model = Some(self.words(text)?.to_owned()),
            Key::Engine => config.engine = self.endpoint(text)?,
            Key::Persona => self.words(text)?.clone_into(&mut config.persona),
            Key::Offline => config.offline = self.truth(text)?,
            Key::Confine => config.confine = self.truth(text)?,
            Key::NoColor => config.no_color = self.truth(text)?,
            Key::Meters => config.meters = self.truth(text)?,
            Key::PrefixCache if text == OFF => config.prefix_cache = None,
            Key::PrefixCache => {
                let size = self
                    .number(text, &PREFIX_CACHE, "whole number")
                    .map_err(|error| error.replace("must be", &format!("must be {OFF} or")))?;
                config.prefix_cache = size.or(Some(USUAL_PREFIX_CACHE));
            }
            Key::Freshen => config.freshen = self.truth(text)?,
            Key::YieldGpu => config.yield_gpu = self.truth(text)?,
            Key::Theme => self.theme_name(text)?.clone_into(&mut config.look.theme),
            Key::Color => config.look.colors = self.colors(text)?,
            Key::Mouse => config.look.mouse = self.truth(text)?,
            Key::Remember => config.look.remember = self.truth(text)?,
            Key::Ascii if text == AUTO => config.look.ascii = None,
            Key::Ascii => config.look.ascii = Some(self.truth(text)?),
            Key::KeepAlive => config.keep_alive = self.keep_alive(text)?,
            _ => self.set(&mut config.params, text)?,
        }
        Ok(())
    }

    /// Sets a value of a run, as `--set` does. What is no value of a run is left alone.
    pub fn set(self, params: &mut Params, text: &str) -> Result<(), String> {
        match self {
            Key::NumGpu => params.num_gpu = self.layers(text)?,
            Key::NumCtx => params.num_ctx = self.number(text, &NUM_CTX, "whole number")?,
            Key::Temperature => params.temperature = self.number(text, &TEMPERATURE, "number")?,
            Key::TopK => params.top_k = self.number(text, &TOP_K, "whole number")?,
            Key::TopP => params.top_p = self.number(text, &SHARE, "number")?,
            Key::MinP => params.min_p = self.number(text, &SHARE, "number")?,
            Key::RepeatPenalty => params.repeat_penalty = self.number(text, &REPEAT_PENALTY, "number")?,
            Key::Seed => params.seed = self.number(text, &SEED, "whole number")?,
            Key::NumPredict => params.num_predict = self.number(text, &NUM_PREDICT, "whole number")?,
            Key::Threads => params.threads = self.number(text, &THREADS, "whole number")?,
            Key::Batch => params.batch = self.number(text, &BATCH, "whole number")?,
            Key::FlashAttn if text == DEFAULT || text == AUTO => params.flash_attn = None,
            Key::FlashAttn => params.flash_attn = Some(self.truth(text)?),
            Key::KvType => params.kv_type = self.kv_type(text)?,
            Key::GpuReserve => params.gpu_reserve = self.reserve(text)?,
            Key::Lookup if text == DEFAULT || text == AUTO => params.lookup = None,
            Key::Lookup => params.lookup = Some(self.is_on(text)?),
            Key::Writing => params.writing = self.degree(text)?,
            _ => {}
        }
        Ok(())
    }

    /// A value of a run, as printed; `default` where nobody set it.
    pub fn text(self, params: &Params) -> String {
        fn or_default<T: Display>(value: Option<T>) -> String {
            value.map_or_else(|| DEFAULT.to_owned(), |value| value.to_string())
        }
        match self {
            Key::NumGpu => model::layers(params.num_gpu),
            Key::NumCtx => or_default(params.num_ctx),
            Key::Temperature => or_default(params.temperature),
            Key::TopK => or_default(params.top_k),
            Key::TopP => or_default(params.top_p),
            Key::MinP => or_default(params.min_p),
            Key::RepeatPenalty => or_default(params.repeat_penalty),
            Key::Seed => or_default(params.seed),
            Key::NumPredict => or_default(params.num_predict),
            Key::Threads => or_default(params.threads),
            Key::Batch => or_default(params.batch),
            Key::FlashAttn => or_default(params.flash_attn),
            Key::KvType => or_default(params.kv_type.map(KvType::name)),
            Key::GpuReserve => or_default(params.gpu_reserve),
            Key::Lookup => match params.lookup {
                None => AUTO.to_owned(),
                Some(true) => ON.to_owned(),
                Some(false) => OFF.to_owned(),
            },
            Key::Writing => params.writing.map_or(AUTO, Degree::name).to_owned(),
            _ => String::new(),
        }
    }

    /// The value in force, as printed.
    pub(super) fn value(self, config: &Config) -> String {
        match self {
            Key::Dir => config.folder.to_string_lossy().into_owned(),
            Key::Model => config.model.clone().unwrap_or_else(|| DEFAULT.to_owned()),
            Key::Engine => config.engine.as_ref().map_or_else(|| NONE.to_owned(), ToString::to_string),
            Key::Persona => config.persona.clone(),
            Key::Offline => config.offline.to_string(),
            Key::Confine => config.confine.to_string(),
            Key::NoColor => config.no_color.to_string(),
            Key::Meters => config.meters.to_string(),
            Key::PrefixCache => config.prefix_cache.map_or_else(|| OFF.to_owned(), |size| size.to_string()),
            Key::Freshen => config.freshen.to_string(),
            Key::YieldGpu => config.yield_gpu.to_string(),
            Key::Theme => config.look.theme.clone(),
            Key::Color => config.look.colors.name().to_owned(),
            Key::Mouse => config.look.mouse.to_string(),
            Key::Remember => config.look.remember.to_string(),
            Key::Ascii => {
                config.look.ascii.map_or_else(|| AUTO.to_owned(), |is_wanted| is_wanted.to_string())
            }
            Key::KeepAlive => config.keep_alive.to_string(),
            _ => self.text(&config.params),
        }
    }

    fn number<T: FromStr + PartialOrd + Display>(
        self,
        text: &str,
        range: &RangeInclusive<T>,
        what: &str,
    ) -> Result<Option<T>, String> {
        if text == DEFAULT {
            return Ok(None);
        }
        // NaN is in no range.
        text.parse().ok().filter(|value| range.contains(value)).map(Some).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            format!("`{}` must be a {what} from {least} to {most}, not `{text}`", self.name())
        })
    }

    /// How many layers go to the GPU: `auto` is the default, as many as fit.
    fn layers(self, text: &str) -> Result<Option<u32>, String> {
        match text {
            AUTO => Ok(None),
            EVERY => Ok(Some(ALL_LAYERS)),
            _ => self.number(text, &NUM_GPU, "whole number").map_err(|error| {
                error.replace("must be a whole number", &format!("must be {AUTO}, {EVERY} or a whole number"))
            }),
        }
    }

    fn degree(self, text: &str) -> Result<Option<Degree>, String> {
        if text == DEFAULT || text == AUTO {
            return Ok(None);
        }
        Degree::of(text).map(Some).ok_or_else(|| {
            let names: Vec<&str> = Degree::ALL.into_iter().map(Degree::name).collect();
            format!("`{}` must be {AUTO}, {}, not `{text}`", self.name(), names.join(", "))
        })
    }

    /// The text is not told again: it may hold a password.
    fn endpoint(self, text: &str) -> Result<Option<Endpoint>, String> {
        if text == NONE || text == DEFAULT {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|reason| format!("`{}` {reason}", self.name()))
    }

    fn kv_type(self, text: &str) -> Result<Option<KvType>, String> {
        if text == DEFAULT {
            return Ok(None);
        }
        KvType::of(text).map(Some).ok_or_else(|| {
            let names = KvType::ALL.map(KvType::name).join(", ");
            format!("`{}` must be {names}, not `{text}`", self.name())
        })
    }

    fn reserve(self, text: &str) -> Result<Option<Reserve>, String> {
        if text == DEFAULT {
            return Ok(None);
        }
        let wrong = |()| format!("`{}` must be {RESERVE}, not `{text}`", self.name());
        text.parse().map(Some).map_err(wrong)
    }

    fn theme_name(self, text: &str) -> Result<&str, String> {
        if look::is_name(text) {
            return Ok(text);
        }
        Err(format!("`{}` must be the name of a theme, not `{text}`", self.name()))
    }

    fn colors(self, text: &str) -> Result<Colors, String> {
        Colors::named(text).ok_or_else(|| {
            let names: Vec<&str> = Colors::ALL.into_iter().map(Colors::name).collect();
            format!("`{}` must be {}, not `{text}`", self.name(), names.join(", "))
        })
    }

    /// Reads how long an unused model stays loaded.
    pub fn keep_alive(self, text: &str) -> Result<KeepAlive, String> {
        if text == DEFAULT {
            return Ok(KeepAlive::default());
        }
        text.parse().map_err(|()| format!("`{}` must be {KEEP_ALIVE}, not `{text}`", self.name()))
    }

    fn truth(self, text: &str) -> Result<bool, String> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(format!("`{}` must be true or false, not `{text}`", self.name())),
        }
    }

    fn is_on(self, text: &str) -> Result<bool, String> {
        self.truth(text).map_err(|error| error.replace("true or false", &format!("{AUTO}, {ON} or {OFF}")))
    }

    fn words(self, text: &str) -> Result<&str, String> {
        if text.trim().is_empty() { Err(format!("`{}` must not be empty", self.name())) } else { Ok(text) }
    }
}

/// The names that `--set` takes.
pub(super) fn settable() -> String {
    let names: Vec<&str> = Key::ALL.into_iter().filter(|key| key.is_settable()).map(Key::name).collect();
    names.join(", ")
}

/// The help of `--set`.
pub fn help() -> String {
    format!("Set a value of the model's run, or `default` [keys: {}]", settable())
}
