//! What names and units become.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::metrics::{
    names::{Better, Class, Known, Metric, classify, measure},
    unit::{Scale, Unit, UnitOrigin},
};

#[test]
fn names_become_metrics() {
    use UnitOrigin::{Guess, Suffix, Tool, Written};
    for (name, unit, expected) in [
        ("tokens_s", None, Some(("throughput", 1.0, Suffix, None))),
        ("Tokens per Second", None, Some(("throughput", 1.0, Suffix, None))),
        ("tokens/sec", None, Some(("throughput", 1.0, Suffix, None))),
        ("tok/s", None, Some(("throughput", 1.0, Suffix, None))),
        ("tps", None, Some(("throughput", 1.0, Suffix, None))),
        ("t/s", None, Some(("throughput", 1.0, Suffix, None))),
        ("avg_ts", None, Some(("throughput", 1.0, Tool, Some("mean")))),
        ("mean_tokens_s", None, Some(("throughput", 1.0, Suffix, Some("mean")))),
        ("throughput", None, Some(("throughput", 1.0, Guess, None))),
        ("prompt_tokens_per_second", None, Some(("prefill_rate", 1.0, Suffix, None))),
        ("ttft_s", None, Some(("ttft", 1000.0, Suffix, None))),
        ("ttft", None, Some(("ttft", 1.0, Guess, None))),
        ("p99_ttft_ms", None, Some(("ttft", 1.0, Suffix, Some("p99")))),
        ("ttft_ms_p99", None, Some(("ttft", 1.0, Suffix, Some("p99")))),
        ("Time to First Token", Some("s"), Some(("ttft", 1000.0, Written, None))),
        ("load_duration", None, Some(("load_duration", 1e-6, Tool, None))),
        ("prompt_eval_duration", None, Some(("prompt_eval_duration", 1e-6, Tool, None))),
        ("total_duration_ms", None, Some(("total_duration", 1.0, Suffix, None))),
        ("eval_s_mean", None, Some(("eval_duration", 1000.0, Suffix, Some("mean")))),
        ("load_s", None, Some(("load_duration", 1000.0, Suffix, None))),
        ("generation_time_ms", None, Some(("total_duration", 1.0, Suffix, None))),
        ("mean_time_ms", None, Some(("latency", 1.0, Suffix, Some("mean")))),
        ("timing.p95_ms", None, Some(("latency", 1.0, Suffix, Some("p95")))),
        ("latency_percentiles.p50", None, Some(("latency", 1.0, Guess, Some("p50")))),
        ("Latency", Some("ms/token"), Some(("time_per_token", 1.0, Written, None))),
        ("compile_time_s", None, Some(("compile_time", 1000.0, Suffix, None))),
        ("memory_used_gb", None, Some(("memory", 1024.0, Guess, None))),
        ("memory.used", Some("MiB"), Some(("memory", 1.0, Written, None))),
        ("power.draw", Some("W"), Some(("power", 1.0, Written, None))),
        ("utilization.gpu", Some("%"), Some(("gpu_utilization", 1.0, Written, None))),
        ("accuracy", None, Some(("accuracy", 1.0, Suffix, None))),
        // Rates are no seconds, and `fan_speed` is no speed.
        ("fan_speed", None, None),
        ("eval_count", None, None),
        ("response_chars", None, None),
        ("memory_total_mb", None, None),
        ("timeout_s", None, None),
        ("workspace_size", None, None),
        ("cv_percent", None, None),
        ("registers_per_thread", None, None),
    ] {
        let found = measure(name, unit);
        let found = found
            .as_ref()
            .map(|found| (found.metric.name(), found.scale.factor, found.origin, found.statistic.as_deref()));
        assert_eq!(found, expected, "{name} {unit:?}");
    }
}

#[test]
fn names_become_dimensions_identifiers_texts() {
    let class = |name: &str| classify(name, None, true, Some(1.0));
    for (name, dimension) in [
        ("num_gpu", "num_gpu"),
        ("n_gpu_layers", "num_gpu"),
        ("ngl", "num_gpu"),
        ("options.temperature", "temperature"),
        ("model.name", "model"),
        ("Test Name", "test_name"),
        ("batchSize", "num_batch"),
        ("max_tokens", "num_predict"),
    ] {
        assert_eq!(class(name), Class::Dimension(dimension.into()), "{name}");
    }
    for name in ["timestamp", "request_id", "port", "seed", "created_date"] {
        assert_eq!(class(name), Class::Identifier, "{name}");
    }
    assert_eq!(classify("prompt", None, false, None), Class::Text);
    // Above any sampling temperature it is the hardware's.
    let Class::Metric(heat) = classify("temperature", None, true, Some(63.0)) else { panic!("no metric") };
    assert_eq!((heat.metric.name(), heat.origin), ("gpu_temperature", UnitOrigin::Guess));
}

#[test]
fn the_dictionary_knows_what_code_asks_for() {
    use Known::{
        EvalDuration, Itl, Latency, LoadDuration, PrefillRate, PromptEvalDuration, Throughput, TotalDuration,
        Ttft,
    };
    let all = [
        Throughput,
        PrefillRate,
        Ttft,
        Itl,
        LoadDuration,
        PromptEvalDuration,
        EvalDuration,
        TotalDuration,
        Latency,
    ];
    for known in all {
        let metric = Metric::of(known).unwrap();
        assert_eq!(metric.known(), Some(known));
        assert_eq!(Metric::named(metric.name()), Some(metric.clone()));
        let is_rate = *metric.unit() == Unit::TokensPerSecond;
        assert_eq!(
            metric.better(),
            Some(if is_rate { Better::Higher } else { Better::Lower }),
            "{}",
            metric.name()
        );
    }
}

#[test]
fn units_are_converted() {
    for (unit, number, expected) in [
        ("s", 2.326_078_8, (2_326.078_8, "ms")),
        ("ns", 503_000_000.0, (503.0, "ms")),
        ("µs", 9.4, (0.0094, "ms")),
        ("GiB", 1.5, (1536.0, "MiB")),
        ("bytes", 1_048_576.0, (1.0, "MiB")),
        ("mW", 1500.0, (1.5, "W")),
        ("tokens/sec", 7.0, (7.0, "tok/s")),
        ("%", 12.0, (12.0, "%")),
        ("furlong", 3.0, (3.0, "furlong")),
    ] {
        let scale = Scale::of(unit);
        assert_eq!((scale.convert(number), scale.unit.symbol()), expected, "{unit}");
    }
}
