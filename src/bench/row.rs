//! The rows of a sweep: the columns of the original's `…_param_tuning.csv`, and what was measured
//! besides.

use super::grid::{Configuration, Grid};
use crate::config::Key;

/// Between the settings and the error.
const MEASURED: [&str; 15] = [
    "config_name",
    "run",
    "prompt",
    "warmup",
    "ttft_s",
    "tokens_s",
    "load_s",
    "prompt_eval_s",
    "prompt_eval_count",
    "eval_s",
    "eval_count",
    "peak_memory_mib",
    "gpu_memory_mib",
    "power_w",
    "perplexity",
];

/// One call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Values of the settings, in the order of the columns.
    pub settings: Vec<String>,
    /// Its configuration.
    pub config_name: String,
    /// Counted from 1; 0 where the configuration could not be made.
    pub run: u32,
    /// Which prompt, counted from 1.
    pub prompt: usize,
    /// Made only so that the next one is warm.
    pub is_warm_up: bool,
    /// Request accepted → first token.
    pub ttft_s: Option<f64>,
    /// Sampled tokens ÷ decode time.
    pub tokens_s: Option<f64>,
    /// Of the model; 0 where it was there.
    pub load_s: Option<f64>,
    /// Time of the prompt.
    pub prompt_eval_s: Option<f64>,
    /// Its tokens.
    pub prompt_eval_count: Option<u64>,
    /// Time of decoding.
    pub eval_s: Option<f64>,
    /// Its tokens.
    pub eval_count: Option<u64>,
    /// Most memory that the engine's process has held.
    pub peak_memory_mib: Option<f64>,
    /// Most memory of the GPU in use during the call.
    pub gpu_memory_mib: Option<f64>,
    /// Mean power of the GPU during the call.
    pub power_w: Option<f64>,
    /// Of the configuration, over the built-in text.
    pub perplexity: Option<f64>,
    /// Why it failed.
    pub error: Option<String>,
}

/// The names of the columns of a grid's rows.
pub fn header(grid: &Grid) -> Vec<&'static str> {
    let settings = settings(grid).into_iter().map(Key::name);
    settings.chain(MEASURED).chain(["error"]).collect()
}

/// The settings that stand in the rows of a grid.
pub fn settings(grid: &Grid) -> Vec<Key> {
    [Key::NumGpu, Key::NumCtx, Key::Temperature].into_iter().chain(grid.further()).collect()
}

/// What stands for them in the rows of a configuration. Of what is not swept it is the value that
/// was used, where one is known.
pub fn setting_values(
    grid: &Grid,
    configuration: &Configuration,
    used: &dyn Fn(Key) -> String,
) -> Vec<String> {
    let value = |key: Key| {
        let place = grid.axes.iter().position(|axis| axis.key == key);
        place.and_then(|place| configuration.values.get(place)).cloned().unwrap_or_else(|| used(key))
    };
    settings(grid).into_iter().map(value).collect()
}

impl Row {
    /// Its cells.
    pub fn cells(&self) -> Vec<String> {
        fn number<T: ToString>(value: Option<T>) -> String {
            value.map(|value| value.to_string()).unwrap_or_default()
        }
        let mut cells = self.settings.clone();
        cells.extend([
            self.config_name.clone(),
            self.run.to_string(),
            self.prompt.to_string(),
            self.is_warm_up.to_string(),
            number(self.ttft_s),
            number(self.tokens_s),
            number(self.load_s),
            number(self.prompt_eval_s),
            number(self.prompt_eval_count),
            number(self.eval_s),
            number(self.eval_count),
            number(self.peak_memory_mib),
            number(self.gpu_memory_mib),
            number(self.power_w),
            number(self.perplexity),
            // A row is a line: what a run that died left of its last one can then be told.
            self.error.as_deref().unwrap_or_default().replace(['\n', '\r'], " "),
        ]);
        cells
    }

    /// The row of cells that stand under [`header`]; `None` where they do not.
    pub fn read<'a>(settings: usize, cells: impl Iterator<Item = &'a str>) -> Option<Self> {
        let cells: Vec<&str> = cells.collect();
        let (head, rest) = cells.split_at_checked(settings)?;
        let cell = |at: usize| rest.get(at).copied().filter(|cell| !cell.is_empty());
        if rest.len() != MEASURED.len() + 1 {
            return None;
        }
        let number = |at: usize| cell(at).and_then(|cell| cell.parse().ok());
        let count = |at: usize| cell(at).and_then(|cell| cell.parse().ok());
        Some(Self {
            settings: head.iter().map(|&cell| cell.to_owned()).collect(),
            config_name: cell(0)?.to_owned(),
            run: cell(1)?.parse().ok()?,
            prompt: cell(2)?.parse().ok()?,
            is_warm_up: cell(3)?.parse().ok()?,
            ttft_s: number(4),
            tokens_s: number(5),
            load_s: number(6),
            prompt_eval_s: number(7),
            prompt_eval_count: count(8),
            eval_s: number(9),
            eval_count: count(10),
            peak_memory_mib: number(11),
            gpu_memory_mib: number(12),
            power_w: number(13),
            perplexity: number(14),
            error: cell(15).map(str::to_owned),
        })
    }
}
