//! The words of English reports for metrics, statistics and comparisons.

use std::cmp::Ordering;

/// Statistics that a word can confuse with no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Arithmetic mean.
    Mean,
    /// Median.
    Median,
    /// Standard deviation.
    Deviation,
    /// Coefficient of variation.
    Variation,
    /// 90th percentile.
    P90,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// The better end, whichever it is: best, fastest, peak.
    Extreme,
    /// Ends of a confidence interval.
    Interval,
    /// Number of values.
    Count,
}

/// Which way a comparison goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trend {
    /// More of the value.
    Up,
    /// Less of the value.
    Down,
    /// Better in time or rate.
    Faster,
    /// Worse in time or rate.
    Slower,
    /// Any difference.
    Either,
}

/// Words of statistics.
pub const STATISTICS: &[(&str, Class)] = &[
    ("mean", Class::Mean),
    ("means", Class::Mean),
    ("average", Class::Mean),
    ("averages", Class::Mean),
    ("averaged", Class::Mean),
    ("averaging", Class::Mean),
    ("avg", Class::Mean),
    ("arithmetic mean", Class::Mean),
    ("median", Class::Median),
    ("medians", Class::Median),
    ("p50", Class::Median),
    ("50th percentile", Class::Median),
    ("standard deviation", Class::Deviation),
    ("standard deviations", Class::Deviation),
    ("std dev", Class::Deviation),
    ("std", Class::Deviation),
    ("stddev", Class::Deviation),
    ("stdev", Class::Deviation),
    ("sd", Class::Deviation),
    ("spread", Class::Deviation),
    ("varies by", Class::Deviation),
    ("deviation", Class::Deviation),
    ("coefficient of variation", Class::Variation),
    ("cv", Class::Variation),
    ("p90", Class::P90),
    ("90th percentile", Class::P90),
    ("p95", Class::P95),
    ("95th percentile", Class::P95),
    ("p99", Class::P99),
    ("99th percentile", Class::P99),
    ("minimum", Class::Min),
    ("min", Class::Min),
    ("lowest", Class::Extreme),
    ("smallest", Class::Extreme),
    ("shortest", Class::Extreme),
    ("maximum", Class::Max),
    ("max", Class::Max),
    ("highest", Class::Extreme),
    ("largest", Class::Extreme),
    ("longest", Class::Extreme),
    ("peak", Class::Max),
    ("up to", Class::Max),
    ("best", Class::Extreme),
    ("worst", Class::Extreme),
    ("fastest", Class::Extreme),
    ("slowest", Class::Extreme),
    ("confidence interval", Class::Interval),
    ("ci", Class::Interval),
    ("ci95", Class::Interval),
];

/// Words of comparisons.
pub const TRENDS: &[(&str, Trend)] = &[
    ("faster", Trend::Faster),
    ("quicker", Trend::Faster),
    ("speedup", Trend::Faster),
    ("speed up", Trend::Faster),
    ("slower", Trend::Slower),
    ("slowdown", Trend::Slower),
    ("slow down", Trend::Slower),
    ("higher", Trend::Up),
    ("more", Trend::Up),
    ("greater", Trend::Up),
    ("larger", Trend::Up),
    ("longer", Trend::Up),
    ("increase", Trend::Up),
    ("increases", Trend::Up),
    ("increased", Trend::Up),
    ("rise", Trend::Up),
    ("rises", Trend::Up),
    ("rose", Trend::Up),
    ("gain", Trend::Up),
    ("gains", Trend::Up),
    ("gained", Trend::Up),
    ("grows", Trend::Up),
    ("grew", Trend::Up),
    ("lower", Trend::Down),
    ("less", Trend::Down),
    ("fewer", Trend::Down),
    ("smaller", Trend::Down),
    ("shorter", Trend::Down),
    ("drop", Trend::Down),
    ("drops", Trend::Down),
    ("dropped", Trend::Down),
    ("decrease", Trend::Down),
    ("decreases", Trend::Down),
    ("decreased", Trend::Down),
    ("reduction", Trend::Down),
    ("reduces", Trend::Down),
    ("reduced", Trend::Down),
    ("fell", Trend::Down),
    ("falls", Trend::Down),
    ("improvement", Trend::Either),
    ("improves", Trend::Either),
    ("improved", Trend::Either),
    ("better", Trend::Either),
    ("worse", Trend::Either),
    ("difference", Trend::Either),
    ("differs", Trend::Either),
    ("differ", Trend::Either),
    ("gap", Trend::Either),
    ("degradation", Trend::Either),
    ("regression", Trend::Either),
    ("change", Trend::Either),
    ("delta", Trend::Either),
    ("δ", Trend::Either),
    ("diff", Trend::Either),
    ("changes", Trend::Either),
    ("changed", Trend::Either),
    ("ratio", Trend::Either),
    ("compared", Trend::Either),
    ("versus", Trend::Either),
    ("vs", Trend::Either),
    ("as fast as", Trend::Either),
    ("as high as", Trend::Either),
    ("as long as", Trend::Either),
    ("as much as", Trend::Either),
];

/// At least (`Greater`), at most (`Less`).
pub const BOUNDS: &[(&str, Ordering)] = &[
    ("over", Ordering::Greater),
    ("more than", Ordering::Greater),
    ("above", Ordering::Greater),
    ("at least", Ordering::Greater),
    ("exceeds", Ordering::Greater),
    ("exceeding", Ordering::Greater),
    ("exceed", Ordering::Greater),
    ("beyond", Ordering::Greater),
    ("under", Ordering::Less),
    ("below", Ordering::Less),
    ("less than", Ordering::Less),
    ("fewer than", Ordering::Less),
    ("at most", Ordering::Less),
    ("within", Ordering::Less),
];

/// Other words for a metric, beside its label, its name and its fields.
pub const METRICS: &[(&str, &[&str])] = &[
    (
        "throughput",
        &[
            "throughputs",
            "generation speed",
            "decode speed",
            "decode rate",
            "generation rate",
            "token rate",
            "inference speed",
        ],
    ),
    (
        "prefill_rate",
        &["prefill speed", "prefill throughput", "prompt processing speed", "prompt rate", "prefill"],
    ),
    ("ttft", &["time to first token", "first token latency", "first token time", "time to the first token"]),
    ("itl", &["inter token latency", "inter token", "time between tokens"]),
    ("tpot", &["time per output token", "time per token"]),
    ("load_duration", &["load time", "load times", "model load", "loading time"]),
    (
        "prompt_eval_duration",
        &["prompt eval", "prompt evaluation", "prompt eval time", "prompt evaluation time", "prefill time"],
    ),
    ("eval_duration", &["eval", "eval time", "decode time", "generation time", "evaluation time"]),
    ("total_duration", &["total time", "wall time", "end to end time", "total latency"]),
    ("compile_time", &["compilation time", "compile times", "compile latency", "compile s", "compile ms"]),
    ("memory", &["memory usage", "vram", "ram", "memory use", "memory footprint"]),
    ("peak_memory", &["memory usage", "vram", "ram", "memory", "peak vram"]),
    ("power", &["power draw", "power consumption"]),
    ("gpu_utilization", &["gpu usage", "gpu load"]),
    ("cpu_utilization", &["cpu usage", "cpu load"]),
];

/// Words that may mean every metric of a unit, beside the one that is called so.
pub const WIDE: &[(&str, &[&str])] = &[
    (
        "ms",
        &[
            "latency",
            "latencies",
            "duration",
            "durations",
            "response time",
            "response times",
            "execution time",
            "runtime",
            "elapsed time",
        ],
    ),
    ("tok/s", &["speed", "speeds", "performance", "tokens per second", "tokens per s", "tps", "token rate"]),
];

/// Other words for a dimension.
pub const KEYS: &[(&str, &[&str])] = &[
    ("num_gpu", &["gpu layers", "layers on the gpu", "offloaded layers", "n_gpu_layers", "ngl", "layers"]),
    ("n_gpu_layers", &["gpu layers", "layers on the gpu", "offloaded layers", "ngl", "layers"]),
    ("num_ctx", &["context length", "context size", "context window", "context", "ctx", "n_ctx"]),
    ("temperature", &["temp", "temperatures"]),
    ("num_thread", &["threads", "thread", "thread count", "num_threads"]),
    ("batch_size", &["batch", "batch sizes"]),
    ("repeat_penalty", &["repetition penalty"]),
    ("num_predict", &["max tokens"]),
];

/// May a word be a name?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It may.
    No,
    /// It is a word of prose.
    Word,
    /// It is too common a part of names to stand for one.
    Part,
}

/// Is a spelling (lower case) too common to name anything?
pub fn stop(spelling: &str) -> Stop {
    const WORDS: [&str; 68] = [
        "and", "any", "auto", "base", "baseline", "case", "cpu", "cuda", "data", "default", "device",
        "error", "false", "file", "files", "first", "gpu", "group", "high", "id", "index", "key", "label",
        "last", "level", "low", "message", "mode", "model", "name", "no", "none", "note", "null", "number",
        "off", "ok", "on", "other", "path", "prompt", "result", "results", "row", "run", "runs", "sample",
        "size", "source", "start", "state", "status", "step", "test", "text", "time", "true", "type", "unit",
        "value", "version", "yes", "times", "user", "system", "total", "count", "rate",
    ];
    const PARTS: [&str; 16] = [
        "it", "instruct", "chat", "latest", "mini", "large", "small", "medium", "tiny", "text", "code",
        "gguf", "preview", "pro", "distill", "v",
    ];
    if WORDS.contains(&spelling) {
        Stop::Word
    } else if PARTS.contains(&spelling) {
        Stop::Part
    } else {
        Stop::No
    }
}
