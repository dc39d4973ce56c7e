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
        test("adapters: fitted curves are no samples, and rates keep their own unit", curves),
        test("adapters: CSV exports of benchmark frameworks", exports),
        test("adapters: vLLM's own benchmarks are in seconds", vllm),
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
    assert_eq!((&*waiting.values.numbers(), waiting.excluded_total()), (&[12.5, 13.5][..], 0));
    assert_eq!(waiting.values.iter().map(|value| value.line).collect::<Vec<_>>(), [2, 4]);
    Ok(())
}

fn curves() -> Outcome {
    let text = "name,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,label,error_occurred,error_message\n\
        \"BM_Cmp/1024\",1000,52.5,52.25,ns,1048576,,,,\n\
        \"BM_Cmp/2048\",500,101.5,101.25,ns,2097152,,,,\n\
        \"BM_Cmp_BigO\",,0.0497,0.0496,N,,,,,\n\"BM_Cmp_RMS\",,2,2,%,,,,,\n\
        \"BM_Cmp/1024_mean\",5,53.5,53.25,ns,,,,,\n\"BM_Cmp/1024_stddev\",5,0.5,0.25,ns,,,,,\n\
        \"BM_Cmp/1024_cv\",5,1.1,1.0,%,,,,,\n";
    check(
        "gb.csv",
        "google-benchmark-csv",
        text,
        &[
            ("real_time", "real_time [ms]", &[52.5e-6, 101.5e-6, 53.5e-6, 0.5e-6]),
            ("bytes_per_second", "bandwidth [MiB/s]", &[1.0, 2.0]),
        ],
    );
    let samples: usize = series("gb.csv", text)
        .iter()
        .filter(|one| one.nature == Nature::Sample)
        .map(|one| one.values.len())
        .sum();
    assert_eq!(samples, 6, "two times of two runs, and their rates");
    // A rate says its unit itself, whatever unit the rows name for their times.
    let all =
        series("plain.csv", "samples_per_second,tokens_per_second,time_unit,latency\n21.5,100.5,us,5000\n");
    let told: Vec<(&str, Vec<f64>)> =
        all.iter().map(|one| (one.metric.name(), one.values.numbers().into_owned())).collect();
    assert_eq!(told, [("throughput", vec![100.5]), ("latency", vec![5.0]), ("sample_rate", vec![21.5])]);
    Ok(())
}

fn exports() -> Outcome {
    check(
        "pytest.csv",
        "pytest-benchmark-csv",
        "name,min,max,mean,stddev,rounds,median,iqr,outliers,ops,iterations\ntest_a,0.001,0.003,0.002,0.0005,3,0.0021,0.0001,1;2,500.5,1\n",
        &[("mean", "time_per_op [ms]", &[2.0]), ("ops", "operation_rate [ops/s]", &[500.5])],
    );
    check(
        "dotnet.csv",
        "benchmark-dotnet-csv",
        "Method;Job;Mean;Error;StdDev;Ratio;Allocated\nSha256;DefaultJob;\"3.5 μs\";\"0.1 μs\";\"0.2 μs\";1.00;1024 B\n",
        &[("Mean", "time_per_op [ms]", &[0.0035]), ("StdDev", "time_per_op [ms]", &[0.0002])],
    );
    check(
        "k6.csv",
        "k6-csv",
        "metric_name,timestamp,metric_value,method,status\nhttp_req_duration,1718000000,117.5,GET,200\nhttp_req_failed,1718000000,0,GET,200\nhttp_req_duration,1718000001,118.5,GET,200\n",
        &[("metric_value", "e2e_latency [ms]", &[117.5, 118.5])],
    );
    check(
        "results.jtl.csv",
        "jmeter-jtl",
        "timeStamp,elapsed,label,responseCode,success,Latency,Connect\n1718000000000,120,Home,200,true,118,30\n1718000000300,5000,Home,500,false,4998,0\n",
        &[("elapsed", "e2e_latency [ms]", &[120.0]), ("Connect", "connect_time [ms]", &[30.0])],
    );
    check(
        "history.jsonl",
        "wandb-history",
        "{\"_step\":0,\"_runtime\":1.5,\"train/loss\":2.5,\"train/tokens_per_sec\":1200.5}\n{\"_step\":1,\"_runtime\":2.5,\"train/loss\":2.25,\"train/tokens_per_sec\":1250.5}\n",
        &[("train/tokens_per_sec", "throughput [tok/s]", &[1200.5, 1250.5])],
    );
    check(
        "trace.json",
        "trace-events",
        r#"{"traceEvents":[{"ph":"X","name":"mm","pid":1,"tid":1,"ts":10.5,"dur":35.5},{"ph":"X","name":"mm","pid":1,"tid":1,"ts":50.5,"dur":40.5},{"ph":"M","name":"process_name","pid":1,"tid":1,"ts":0}]}"#,
        &[("dur", "event_duration [ms]", &[0.0355, 0.0405])],
    );
    check(
        "autocannon.json",
        "autocannon",
        r#"{"url":"http://l","connections":10,"latency":{"average":0.25,"mean":0.25,"stddev":0.5,"min":0,"max":15,"p50":0,"p97_5":1,"p99":2,"totalCount":10},"requests":{"average":14500.5,"mean":14500.5,"stddev":500.5,"p97_5":15500}}"#,
        &[("p97_5", "latency [ms]", &[1.0]), ("average", "request_rate [req/s]", &[14500.5])],
    );
    check(
        "cargo-criterion.jsonl",
        "cargo-criterion",
        "{\"reason\":\"benchmark-complete\",\"id\":\"fib/20\",\"iteration_count\":[10,20],\"measured_values\":[20000.0,42000.0],\"unit\":\"ns\",\"typical\":{\"estimate\":2000.5,\"lower_bound\":1990.0,\"upper_bound\":2010.0,\"unit\":\"ns\"}}\n",
        &[
            ("typical.estimate", "time_per_op [ms]", &[2000.5e-6]),
            ("measured_values / iteration_count", "time_per_op [ms]", &[0.002, 0.0021]),
        ],
    );
    Ok(())
}

fn vllm() -> Outcome {
    check(
        "latency.json",
        "vllm-latency",
        r#"{"avg_latency":1.52,"latencies":[1.51,1.53],"percentiles":{"10":1.511,"25":1.515,"50":1.52,"75":1.525,"90":1.528,"99":1.53}}"#,
        &[
            ("latencies", "latency [ms]", &[1510.0, 1530.0]),
            ("99", "latency [ms]", &[1530.0]),
            ("avg_latency", "latency [ms]", &[1520.0]),
        ],
    );
    // Answers of one length make a matrix of their gaps; every gap is a sample all the same.
    check(
        "serving.json",
        "vllm-serving",
        r#"{"backend":"vllm","request_throughput":3.5,"output_throughput":501.5,"mean_ttft_ms":80.5,"mean_tpot_ms":11.5,"ttfts":[0.08,0.09],"itls":[[0.0115,0.0116],[0.0113,0.0112]]}"#,
        &[
            ("itls", "itl [ms]", &[11.5, 11.6, 11.3, 11.2]),
            ("ttfts", "ttft [ms]", &[80.0, 90.0]),
            ("request_throughput", "request_rate [req/s]", &[3.5]),
        ],
    );
    Ok(())
}

fn ordinary() -> Outcome {
    for (path, text) in [
        ("a.csv", "model,ttft_ms,mean,case\nx,12,1,y\n"),
        // An index without a name, and a name in brackets: no tool's text.
        ("b.csv", ",ttft_ms,tokens_s\n0,12,1.5\n1,13,1.6\n"),
        ("c.csv", "[READ],value\nx,12\n"),
        // Three numbers a row are no time, step and value.
        ("c.json", "[[1,2,3.5],[2,3,4.5]]"),
        ("a.json", r#"{"results":[{"command":"a","mean":1.5}]}"#),
        ("b.json", r#"[{"case":"a","value":1},{"case":"b","value":2}]"#),
    ] {
        let document = read(path, text);
        assert_eq!((document.adapter, document.status), (None, Some(Status::Ok)), "{path}");
        assert!(document.tables.iter().flat_map(|table| &table.columns).all(|column| column.hint.is_none()));
    }
    Ok(())
}
