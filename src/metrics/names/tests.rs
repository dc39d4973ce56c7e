//! Columns of many tools: which metric, by which factor, how known, of which statistic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Class, classify, measure_labelled};
use crate::ingest::field;

/// `metric factor origin statistic`, or what else the column is.
fn line(class: &Class) -> String {
    match class {
        Class::Metric(found) => {
            let statistic = found.statistic.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
            let factor = (found.scale.factor * 1e12).round() / 1e12;
            format!("{} {factor} {:?}{statistic}", found.metric.name(), found.origin)
        }
        Class::Dimension(name) => format!("by {name}"),
        other => format!("{other:?}"),
    }
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let found = |header: &str| {
        let (name, unit) = field::split_unit(header);
        line(&classify(name, unit, true, Some(0.5)))
    };
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(header, expected)| found(header) != *expected)
        .map(|(header, expected)| format!("{header}: {}, not {expected}", found(header)))
        .collect();
    assert_eq!(wrong, [""; 0], "{wrong:#?}");
}

#[test]
fn serving_benchmarks() {
    check(&[
        ("mean_ttft_ms", "ttft 1 Suffix mean"),
        ("p99.9_ttft_ms", "ttft 1 Suffix p99.9"),
        ("ttfts", "ttft 1000 Tool"),
        ("itls", "itl 1000 Tool"),
        ("std_tpot_ms", "tpot 1 Suffix stddev"),
        ("median_e2el_ms", "e2e_latency 1 Suffix median"),
        ("mean_e2e_latency_ms", "e2e_latency 1 Suffix mean"),
        ("request_throughput", "request_rate 1 Guess"),
        ("output_throughput", "throughput 1 Guess"),
        ("input_throughput", "input_throughput 1 Guess"),
        ("total_token_throughput", "total_throughput 1 Guess"),
        ("request_goodput", "goodput 1 Guess"),
        ("requests_per_second", "request_rate 1 Suffix"),
        ("tokens_per_second", "throughput 1 Suffix"),
        ("request_rate", "by request_rate"),
        ("max_concurrency", "by concurrency"),
        ("accept_length", "accept_length 1 Suffix"),
        ("completed", "Other"),
        ("total_output_tokens", "Other"),
        ("total_input", "Other"),
        ("num_prompts", "Other"),
        ("results_ttft_s_quantiles_p50", "ttft 1000 Suffix p50"),
        ("results_end_to_end_latency_s_mean", "e2e_latency 1000 Suffix mean"),
        ("results_inter_token_latency_s_stddev", "itl 1000 Suffix stddev"),
        ("results_request_output_throughput_token_per_s_max", "throughput 1 Suffix max"),
        ("num_completed_requests_per_min", "Other"),
        ("metrics.time_to_first_token_ms.successful.percentiles.p50", "ttft 1 Suffix p50"),
        ("metrics.time_to_first_token_ms.errored.mean", "Other"),
        ("metrics.requests_per_second.successful.std_dev", "request_rate 1 Suffix stddev"),
        ("request_throughput_req_s", "request_rate 1 Suffix"),
        ("avg_request_latency_ms", "e2e_latency 1 Suffix mean"),
        ("token_throughput(token/sec)", "throughput 1 Written"),
        ("seq_throughput(seq/sec)", "sample_rate 1 Written"),
        ("p99_sequence_latency(ms)", "e2e_latency 1 Written p99"),
        ("avg_time_to_first_token(ms)", "ttft 1 Written mean"),
        ("output_throughput_per_user_tok_s", "throughput_per_user 1 Suffix"),
    ]);
}

#[test]
fn engines_of_language_models() {
    check(&[
        ("prompt_ms", "prompt_eval_duration 1 Suffix"),
        ("predicted_ms", "eval_duration 1 Suffix"),
        ("timings.predicted_per_second", "throughput 1 Tool"),
        ("prompt_per_second", "prefill_rate 1 Tool"),
        ("predicted_per_token_ms", "tpot 1 Suffix"),
        ("prompt_n", "Other"),
        ("prompt_tps", "prefill_rate 1 Suffix"),
        ("generation_tps", "throughput 1 Suffix"),
        ("eval_duration", "eval_duration 0.000001 Tool"),
        ("prompt_eval_count", "Other"),
        ("speed_tg", "throughput 1 Tool"),
        ("t_pp", "prompt_eval_duration 1000 Tool"),
        ("S_PP t/s", "prefill_rate 1 Suffix"),
        ("ms_per_token", "time_per_token 1 Suffix"),
        ("tok/s", "throughput 1 Suffix"),
        ("it/s", "operation_rate 1 Suffix"),
        ("energy_J", "Other"),
        ("energy_joules", "energy 1 Suffix"),
        ("energy (J)", "energy 1 Written"),
        ("joules_per_token", "energy_per_token 1 Suffix"),
    ]);
}

#[test]
fn load_generators() {
    check(&[
        ("Requests/s", "request_rate 1 Suffix"),
        ("Failures/s", "failures_per_second 1 Suffix"),
        ("requestsPerSec", "request_rate 1 Suffix"),
        ("rps.mean", "request_rate 1 Suffix mean"),
        ("successRate", "success_rate 1 Suffix"),
        ("Time in ms", "latency 1 Suffix"),
        ("latencies.99th", "latency 1 Guess p99"),
        ("http_req_duration.p(95)", "e2e_latency 1 Tool p95"),
        ("Median Response Time (ms)", "e2e_latency 1 Written median"),
        ("Request Count", "Other"),
        ("99%", "Other"),
        ("99.9%", "Other"),
        ("responseCode", "Identifier"),
        ("timeStamp", "Identifier"),
        ("allThreads", "Other"),
        ("bits_per_second", "bandwidth 0.000000119209 Suffix"),
        ("read.iops", "iops 1 Guess"),
        ("read.clat_ns.percentile.99.000000", "clat 0.000001 Suffix p99"),
        ("read.lat_ns.mean", "latency 0.000001 Suffix mean"),
        ("MB/s", "bandwidth 0.953674316406 Guess"),
        ("GB/s", "bandwidth 953.67431640625 Guess"),
        ("algbw (GB/s)", "bandwidth 953.67431640625 Guess"),
        ("bandwidth_gb_s", "bandwidth 953.67431640625 Guess"),
        ("retransmits", "Other"),
    ]);
}

#[test]
fn micro_benchmarks() {
    check(&[
        ("Score (ops/s)", "operation_rate 1 Written"),
        ("Score (us/op)", "latency 0.001 Written"),
        ("Score Error (99.9%)", "Other"),
        ("ns/op", "time_per_op 0.000001 Suffix"),
        ("B/op", "bytes_per_op 1 Suffix"),
        ("Mean (us)", "latency 0.001 Written mean"),
        ("StdDev (us)", "latency 0.001 Written stddev"),
        ("Allocated (KB)", "allocated 0.0009765625 Guess"),
        ("items_per_second", "operation_rate 1 Suffix"),
        ("bytes_per_second", "bandwidth 0.000000953674 Suffix"),
        ("real_time (ns)", "real_time 0.000001 Written"),
        ("iterations", "Other"),
        ("Avg (ns)", "latency 0.000001 Written mean"),
        ("user_time_s", "cpu_time 1000 Suffix"),
        ("max_rss_kb", "peak_memory 0.0009765625 Guess"),
        ("GFLOPS", "compute_rate 1 Suffix"),
        ("tflops", "compute_rate 1000 Suffix"),
        ("speedup", "speedup 1 Suffix"),
        ("registers_per_thread", "Other"),
    ]);
}

#[test]
fn experiments_and_evaluations() {
    check(&[
        ("acc,none", "accuracy 1 Suffix"),
        ("acc_stderr,none", "accuracy 1 Suffix stderr"),
        ("exact_match,strict-match", "accuracy 1 Suffix"),
        ("word_perplexity,none", "perplexity 1 Suffix"),
        ("train/loss", "loss 1 Suffix"),
        ("eval_loss", "loss 1 Suffix"),
        ("run-7 - loss", "loss 1 Suffix"),
        ("run-7 - loss__MIN", "loss 1 Suffix min"),
        ("perf/tokens_per_sec", "throughput 1 Suffix"),
        ("train_samples_per_second", "sample_rate 1 Suffix"),
        ("train_steps_per_second", "step_rate 1 Suffix"),
        ("train_runtime (s)", "total_duration 1000 Written"),
        ("learning_rate", "Other"),
        ("Step", "Other"),
        ("Wall time", "Other"),
        ("Value", "Other"),
        ("epoch", "Other"),
        ("accuracy (%)", "accuracy 0.01 Written"),
    ]);
    // 85.3 of 1 there is not: it is percent, by guess.
    assert_eq!(line(&classify("accuracy", None, true, Some(85.3))), "accuracy 0.01 Guess");
}

#[test]
fn logs_of_hardware() {
    check(&[
        ("memory.used [MiB]", "memory 1 Written"),
        ("memory.total [MiB]", "Other"),
        ("utilization.gpu [%]", "gpu_utilization 1 Written"),
        ("utilization.memory [%]", "memory_utilization 1 Written"),
        ("power.draw [W]", "power 1 Written"),
        ("power.limit [W]", "Other"),
        ("clocks.sm [MHz]", "sm_clock 1 Written"),
        ("clocks.current.memory [MHz]", "memory_clock 1 Written"),
        ("temperature.gpu", "gpu_temperature 1 Tool"),
        ("temperature.memory", "memory_temperature 1 Tool"),
        ("fan.speed [%]", "fan_speed 1 Written"),
        ("fan_speed", "Other"),
        ("clocks_throttle_reasons.active", "Other"),
        ("pci.bus_id", "Identifier"),
        ("timestamp", "Identifier"),
        ("Temperature (Sensor edge) (C)", "gpu_temperature 1 Written"),
        ("Average Graphics Package Power (W)", "power 1 Written"),
        ("GPU use (%)", "gpu_utilization 1 Written"),
        ("VRAM Total Used Memory (B)", "memory 0.000000953674 Written"),
        ("VRAM Total Memory (B)", "Other"),
        ("DCGM_FI_DEV_GPU_UTIL", "gpu_utilization 1 Tool"),
        ("DCGM_FI_DEV_POWER_USAGE", "power 1 Tool"),
        ("sm__throughput.avg.pct_of_peak_sustained_elapsed (%)", "Other"),
        ("dram__bytes.sum.per_second (GB/s)", "Other"),
        ("launch__grid_size", "Other"),
        ("gpu__time_duration.sum (us)", "kernel_time 0.001 Written sum"),
        ("device__attribute_clock_rate (kHz)", "Other"),
        ("port", "Identifier"),
        ("seed", "Identifier"),
        ("timeout_s", "Other"),
    ]);
}

#[test]
fn a_label_names_what_its_row_measures() {
    for (label, column, unit, expected) in [
        ("Time To First Token (ms)", "p99", None, "ttft 1 Written p99"),
        ("Request Throughput (per sec)", "avg", None, "request_rate 1 Written mean"),
        (
            "Output Token Throughput Per User (tokens/sec/user)",
            "avg",
            None,
            "throughput_per_user 1 Written mean",
        ),
        ("time_to_first_token", "p50", Some("ms"), "ttft 1 Written p50"),
        ("request_throughput", "avg", Some("requests/sec"), "request_rate 1 Written mean"),
        ("http_req_duration", "p(95)", None, "e2e_latency 1 Tool p95"),
        ("task-clock", "counter-value", Some("msec"), "task_clock 1 Written"),
    ] {
        let found = measure_labelled(label, column, unit).map_or(Class::Other, Class::Metric);
        assert_eq!(line(&found), expected, "{label} {column}");
    }
}

#[test]
fn a_column_met_before_is_the_same_again() {
    let other = classify("latency", Some("s"), true, Some(2.0));
    assert_eq!(line(&other), "latency 1000 Written");
    assert_eq!(line(&classify("latency", None, true, Some(2.0))), "latency 1 Guess");
    assert_eq!(classify("latency", Some("s"), true, Some(2.0)), other);
}
