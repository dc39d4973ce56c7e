//! What a sweep comes to, configuration by configuration: the original's
//! `…_param_tuning_summary.csv`, and what it leaves open.

use super::row::Row;
use crate::metrics::stats::{Stats, median_ci95};

/// One configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Its name.
    pub config_name: String,
    /// Values of the settings, in the order of the columns.
    pub settings: Vec<String>,
    /// Calls that count.
    pub n: u64,
    /// Calls that failed.
    pub failed: u64,
    /// Mean of the calls' throughputs.
    pub mean_tokens_s: Option<f64>,
    /// Their median.
    pub median_tokens_s: Option<f64>,
    /// The 95 % interval of that.
    pub ci95: Option<(f64, f64)>,
    /// Mean of the calls' TTFT.
    pub mean_ttft_s: Option<f64>,
    /// Mean of the loads.
    pub mean_load_s: Option<f64>,
    /// Most memory of the engine's process.
    pub peak_memory_mib: Option<f64>,
    /// Mean power of the calls.
    pub mean_power_w: Option<f64>,
    /// Over the built-in text.
    pub perplexity: Option<f64>,
}

/// The columns, as the original orders them, for such settings.
pub fn header<'a>(settings: &[&'a str]) -> Vec<&'a str> {
    let rest = [
        "mean_tokens_s",
        "mean_ttft_s",
        "mean_load_s",
        "median_tokens_s",
        "tokens_s_ci95_low",
        "tokens_s_ci95_high",
        "n",
        "failed",
        "peak_memory_mib",
        "mean_power_w",
        "perplexity",
    ];
    ["config_name"].into_iter().chain(settings.iter().copied()).chain(rest).collect()
}

/// Every configuration, the fastest first.
pub fn of(rows: &[Row]) -> Vec<Summary> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.config_name.as_str()) {
            names.push(&row.config_name);
        }
    }
    let mut summaries: Vec<Summary> = names.into_iter().map(|name| one(name, rows)).collect();
    let speed = |summary: &Summary| summary.mean_tokens_s.unwrap_or(f64::NEG_INFINITY);
    summaries.sort_by(|a, b| speed(b).total_cmp(&speed(a)));
    summaries
}

fn one(name: &str, rows: &[Row]) -> Summary {
    let own = || rows.iter().filter(|row| row.config_name == name);
    let good = || own().filter(|row| row.error.is_none() && !row.is_warm_up);
    let gathered = |of: &dyn Fn(&Row) -> Option<f64>| -> Vec<f64> { good().filter_map(of).collect() };
    let throughput = gathered(&|row| row.tokens_s);
    let loads: Vec<f64> = own().filter_map(|row| row.load_s).filter(|load| *load > 0.0).collect();
    let stats = Stats::of(&throughput);
    Summary {
        config_name: name.to_owned(),
        settings: own().next().map(|row| row.settings.clone()).unwrap_or_default(),
        n: good().count() as u64,
        failed: own().filter(|row| row.error.is_some()).count() as u64,
        mean_tokens_s: stats.mean,
        median_tokens_s: stats.median,
        ci95: median_ci95(&throughput),
        mean_ttft_s: Stats::of(&gathered(&|row| row.ttft_s)).mean,
        mean_load_s: Stats::of(&loads).mean,
        peak_memory_mib: own().filter_map(|row| row.peak_memory_mib).reduce(f64::max),
        mean_power_w: Stats::of(&gathered(&|row| row.power_w)).mean,
        perplexity: own().find_map(|row| row.perplexity),
    }
}

impl Summary {
    /// Its cells.
    pub fn cells(&self) -> Vec<String> {
        let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        let mut cells = vec![self.config_name.clone()];
        cells.extend(self.settings.iter().cloned());
        cells.extend([
            number(self.mean_tokens_s),
            number(self.mean_ttft_s),
            number(self.mean_load_s),
            number(self.median_tokens_s),
            number(self.ci95.map(|ci95| ci95.0)),
            number(self.ci95.map(|ci95| ci95.1)),
            self.n.to_string(),
            self.failed.to_string(),
            number(self.peak_memory_mib),
            number(self.mean_power_w),
            number(self.perplexity),
        ]);
        cells
    }
}
