//! Tables whose units, statistics and kinds of records only their tool knows.

#![expect(clippy::unnecessary_wraps, reason = "a test is a function with an outcome")]

use chimera_insight::{ingest::file::Status, metrics::series::Nature};
use libtest_mimic::Trial;

use super::{check, read, series};
use crate::support::{Outcome, test};

pub(super) fn tests() -> Vec<Trial> {
    vec![
        test("adapters: micro-benchmarks' files have their tool's units", micro_benchmarks),
        test("adapters: load generators' files have their tool's units", load_generators),
        test("adapters: language model files are told by their tool", language_models),
        test("adapters: samples and their own summaries are never one series", samples_apart),
        test("adapters: records of several kinds have no missing values", kinds),
        test("adapters: an ordinary table has no adapter", ordinary),
    ]
}

fn micro_benchmarks() -> Outcome {
    check(
        "hyperfine.json",
        "hyperfine",
        r#"{"results":[{"command":"a","mean":1.5,"stddev":0.5,"median":1.5,"user":1.0,"system":0.25,"min":1.0,"max":2.0,"times":[1.0,2.0],"exit_codes":[0,0]}]}"#,
        &[("times", "total_duration [ms]", &[1000.0, 2000.0]), ("mean", "total_duration [ms]", &[1500.0])],
    );
    check(
        "hyperfine.csv",
        "hyperfine",
        "command,mean,stddev,median,user,system,min,max\na,1.5,0.5,1.5,1.0,0.25,1.0,2.0\n",
        &[("max", "total_duration [ms]", &[2000.0])],
    );
    check(
        "pytest.json",
        "pytest-benchmark",
        r#"{"benchmarks":[{"name":"test_a","fullname":"t::test_a","stats":{"min":0.001,"max":0.003,"mean":0.002,"stddev":0.0005,"rounds":3,"median":0.0021,"iqr":0.0001,"ops":500.0,"data":[0.001,0.003]},"options":{"min_time":0.000005}}]}"#,
        &[("stats.mean", "time_per_op [ms]", &[2.0]), ("data", "time_per_op [ms]", &[1.0, 3.0])],
    );
    check(
        "pyperf.json",
        "pyperf",
        r#"{"benchmarks":[{"metadata":{"name":"telco"},"runs":[{"values":[0.02,0.03],"warmups":[[1,0.5]]},{"values":[0.04]}]}],"version":"1.0"}"#,
        &[("values", "total_duration [ms]", &[20.0, 30.0, 40.0])],
    );
    check(
        "target/criterion/fib/new/estimates.json",
        "criterion-estimates",
        r#"{"mean":{"confidence_interval":{"confidence_level":0.95,"lower_bound":9.0,"upper_bound":11.0},"point_estimate":10.0,"standard_error":0.5},"std_dev":{"confidence_interval":{"confidence_level":0.95,"lower_bound":0.9,"upper_bound":1.2},"point_estimate":1.0,"standard_error":0.05}}"#,
        &[("point_estimate", "time_per_op [ms]", &[1e-5, 1e-6])],
    );
    check(
        "target/criterion/fib/new/sample.json",
        "criterion-sample",
        r#"{"sampling_mode":"Linear","iters":[10.0,20.0],"times":[1000.0,2100.0]}"#,
        &[("times / iters", "time_per_op [ms]", &[1e-4, 1.05e-4])],
    );
    check(
        "jmh.json",
        "jmh",
        r#"[{"benchmark":"org.A","mode":"avgt","primaryMetric":{"score":150.0,"scoreError":1.0,"scoreConfidence":[140.0,160.0],"scorePercentiles":{"50.0":155.0},"scoreUnit":"us/op","rawData":[[140.0,150.0],[160.0,170.0]]}}]"#,
        &[
            ("rawData", "time_per_op [ms]", &[0.14, 0.15, 0.16, 0.17]),
            ("primaryMetric.score", "time_per_op [ms]", &[0.15]),
            ("primaryMetric.scorePercentiles.50.0", "time_per_op [ms]", &[0.155]),
        ],
    );
    check(
        "go.json",
        "go-test-json, go-bench",
        "{\"Action\":\"start\",\"Package\":\"x\"}\n{\"Action\":\"output\",\"Package\":\"x\",\"Output\":\"BenchmarkFoo-4 \\t\"}\n{\"Action\":\"output\",\"Package\":\"x\",\"Output\":\"     100\\t  12345 ns/op\\n\"}\n",
        &[("time_per_op", "time_per_op [ms]", &[0.012_345])],
    );
    Ok(())
}

fn load_generators() -> Outcome {
    check(
        "k6.json",
        "k6-summary",
        r#"{"metrics":{"http_req_waiting":{"avg":2.5,"min":1,"med":2,"max":9,"p(90)":4,"p(95)":5},"http_reqs":{"count":100,"rate":12.5},"iteration_duration":{"avg":3.5,"min":1,"med":2,"max":9,"p(90)":4,"p(95)":6}}}"#,
        &[("p(95)", "http_req_waiting [ms]", &[5.0]), ("rate", "request_rate [req/s]", &[12.5])],
    );
    check(
        "vegeta.json",
        "vegeta-report",
        r#"{"latencies":{"total":237000000,"mean":2000000,"50th":1500000,"99th":3500000,"max":4000000,"min":1000000},"duration":990000000,"wait":1000000,"requests":100,"rate":101.0,"throughput":99.5,"success":1}"#,
        &[("99th", "latency [ms]", &[3.5]), ("throughput", "request_rate [req/s]", &[99.5])],
    );
    check(
        "attack.jsonl",
        "vegeta-attack",
        "{\"attack\":\"\",\"seq\":0,\"code\":200,\"latency\":1500000,\"error\":\"\"}\n{\"attack\":\"\",\"seq\":1,\"code\":0,\"latency\":2500000,\"error\":\"timeout\"}\n",
        &[("latency", "latency [ms]", &[1.5])],
    );
    check(
        "locust.csv",
        "locust-csv",
        "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Requests/s,50%,99.9%\nGET,/a,100,0,11,12.5,10.5,11,40\n",
        &[("Requests/s", "request_rate [req/s]", &[10.5])],
    );
    Ok(())
}

fn language_models() -> Outcome {
    let ollama = "{\"model\":\"gemma3\",\"total_duration\":5000000000,\"load_duration\":5000000,\"prompt_eval_count\":20,\"prompt_eval_duration\":100000000,\"eval_count\":300,\"eval_duration\":2000000000}\n";
    check(
        "ollama.jsonl",
        "ollama-api",
        ollama,
        &[
            ("eval_count / eval_duration", "throughput [tok/s]", &[150.0]),
            ("prompt_eval_count / prompt_eval_duration", "prefill_rate [tok/s]", &[200.0]),
            ("eval_duration", "eval_duration [ms]", &[2000.0]),
        ],
    );
    check(
        "bench.jsonl",
        "llama-bench",
        "{\"model_filename\":\"m.gguf\",\"n_prompt\":512,\"n_gen\":0,\"avg_ns\":70000000,\"stddev_ns\":1000000,\"avg_ts\":7000.5,\"stddev_ts\":100.5,\"samples_ns\":[69000000,71000000],\"samples_ts\":[7100.5,6900.5]}\n{\"model_filename\":\"m.gguf\",\"n_prompt\":0,\"n_gen\":128,\"avg_ns\":1000000000,\"stddev_ns\":1000000,\"avg_ts\":128.5,\"stddev_ts\":1.5,\"samples_ns\":[999000000,1001000000],\"samples_ts\":[128.25,128.75]}\n",
        &[
            ("samples_ts", "throughput [tok/s]", &[128.25, 128.75]),
            ("samples_ts", "prefill_rate [tok/s]", &[7100.5, 6900.5]),
            ("avg_ns", "eval_duration [ms]", &[1000.0]),
            ("samples_ns", "prompt_eval_duration [ms]", &[69.0, 71.0]),
        ],
    );
    check(
        "results.json",
        "lm-eval",
        r#"{"results":{"arc":{"alias":"arc","acc,none":0.5,"acc_stderr,none":0.01},"piqa":{"alias":"piqa","acc,none":0.75,"acc_stderr,none":0.02}}}"#,
        &[("acc,none", "accuracy []", &[0.5, 0.75])],
    );
    check(
        "genai.json",
        "genai-perf",
        r#"{"request_throughput":{"unit":"requests/sec","avg":3.5},"time_to_first_token":{"unit":"ms","avg":20.5,"p99":40.0,"std":4.5},"inter_token_latency":{"unit":"ms","avg":5.5,"p99":9.5}}"#,
        &[
            ("avg", "ttft [ms]", &[20.5]),
            ("p99", "itl [ms]", &[9.5]),
            ("avg", "request_rate [req/s]", &[3.5]),
        ],
    );
    Ok(())
}

fn samples_apart() -> Outcome {
    let text = r#"{"context":{},"benchmarks":[{"name":"BM/1","run_name":"BM/1","run_type":"iteration","real_time":10.0,"cpu_time":9.0,"time_unit":"ns"},{"name":"BM/1","run_name":"BM/1","run_type":"iteration","real_time":12.0,"cpu_time":11.0,"time_unit":"ns"},{"name":"BM/1_mean","run_name":"BM/1","run_type":"aggregate","aggregate_name":"mean","real_time":11.0,"cpu_time":10.0,"time_unit":"ns"},{"name":"BM/1_stddev","run_name":"BM/1","run_type":"aggregate","aggregate_name":"stddev","real_time":1.5,"cpu_time":1.5,"time_unit":"ns"},{"name":"BM/1_cv","run_name":"BM/1","run_type":"aggregate","aggregate_name":"cv","aggregate_unit":"percentage","real_time":0.1,"cpu_time":0.1,"time_unit":"ns"}]}"#;
    let all = series("google.json", text);
    let found: Vec<(Nature, Vec<f64>)> = all
        .iter()
        .filter(|series| series.metric.name() == "real_time")
        .map(|series| (series.nature, series.values.numbers().to_vec()))
        .collect();
    let expected = [
        (Nature::Sample, vec![1e-5, 1.2e-5]),
        (Nature::Summary, vec![1.1e-5]),
        (Nature::Summary, vec![1.5e-6]),
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for expected in expected {
        let is_close = |(nature, numbers): &(Nature, Vec<f64>)| {
            *nature == expected.0
                && numbers.len() == expected.1.len()
                && numbers.iter().zip(&expected.1).all(|(one, other)| (one - other).abs() < other * 1e-9)
        };
        assert!(found.iter().any(is_close), "{expected:?} is not in {found:?}");
    }
    Ok(())
}

fn kinds() -> Outcome {
    let text = "{\"type\":\"Metric\",\"data\":{\"name\":\"http_req_waiting\",\"type\":\"trend\",\"contains\":\"time\"},\"metric\":\"http_req_waiting\"}\n{\"type\":\"Point\",\"data\":{\"time\":\"2024-01-01T00:00:00Z\",\"value\":12.5,\"tags\":{\"method\":\"GET\"}},\"metric\":\"http_req_waiting\"}\n{\"type\":\"Point\",\"data\":{\"time\":\"2024-01-01T00:00:00Z\",\"value\":1,\"tags\":{\"method\":\"GET\"}},\"metric\":\"http_reqs\"}\n{\"type\":\"Point\",\"data\":{\"time\":\"2024-01-01T00:00:01Z\",\"value\":13.5,\"tags\":{\"method\":\"GET\"}},\"metric\":\"http_req_waiting\"}\n";
    let all = series("points.json", text);
    let waiting: Vec<_> = all.iter().filter(|series| series.metric.name() == "http_req_waiting").collect();
    let [waiting] = waiting.as_slice() else { return Err(format!("{} series", waiting.len()).into()) };
    assert_eq!((waiting.values.numbers(), waiting.excluded_total()), (&[12.5, 13.5][..], 0));
    assert_eq!(waiting.values.iter().map(|value| value.line).collect::<Vec<_>>(), [2, 4]);
    Ok(())
}

fn ordinary() -> Outcome {
    for (path, text) in [
        ("a.csv", "model,ttft_ms,mean,case\nx,12,1,y\n"),
        ("a.json", r#"{"results":[{"command":"a","mean":1.5}]}"#),
        ("b.json", r#"[{"case":"a","value":1},{"case":"b","value":2}]"#),
    ] {
        let document = read(path, text);
        assert_eq!((document.adapter, document.status), (None, Some(Status::Ok)), "{path}");
        assert!(document.tables.iter().flat_map(|table| &table.columns).all(|column| column.hint.is_none()));
    }
    Ok(())
}
