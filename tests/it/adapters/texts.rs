//! Texts: `.txt` and `.log`.

#![expect(clippy::unnecessary_wraps, reason = "a test is a function with an outcome")]

use std::fmt::Write as _;

use chimera_insight::ingest::{
    self, adapter,
    file::{Kind, Status},
};
use libtest_mimic::Trial;
use proptest::{
    prelude::{Strategy, any},
    sample::select,
    test_runner::{Config, TestRunner},
};

use super::{check, check_unknown, read, series};
use crate::support::{Outcome, test};

pub(super) fn tests() -> Vec<Trial> {
    vec![
        test("adapters: micro-benchmarks are read from their text", micro_benchmarks),
        test("adapters: load generators are read from their text", load_generators),
        test("adapters: language model timings are read from their text", language_models),
        test("adapters: tables and summaries of model benchmarks are read from their text", model_benchmarks),
        test("adapters: hardware logs are read from their text", hardware),
        test("adapters: Go's name parts, packages and custom units", go_details),
        test("adapters: records that differ have no missing values", shapes),
        test("adapters: a text of another kind stays unknown", near_misses),
        test("adapters: names with figures are read where they are most of a text", loose),
        test("adapters: JSON behind log lines is read, with its lines", json_in_text),
        test("adapters: a line being written is left for later", half_written),
        test("adapters: lines that are left out are said", left_out),
        test("adapters: any text is read without panic", any_text),
        test("adapters: the start of a text says whether it may be known", starts),
    ]
}

const GO: &str = "goos: linux\npkg: example.org/x\nBenchmarkEncode/format=json-8 \t 690848\t 1726 ns/op\t 12.5 MB/s\t 64 B/op\t 2 allocs/op\nPASS\nok  \texample.org/x\t1.2s\n";

fn micro_benchmarks() -> Outcome {
    check("go.txt", "go-bench", GO, &[("time_per_op", "time_per_op [ms]", &[0.001_726])]);
    check(
        "criterion.txt",
        "criterion-console",
        "Benchmarking fib 20\nfib 20                  time:   [26.029 µs 26.251 µs 26.505 µs]\n                        change: [-1% +0% +1%] (p = 0.9 > 0.05)\ngroup/long_name_here\n                        time:   [1.2 ms 1.3 ms 1.4 ms]\n",
        &[("mean_time_per_op", "time_per_op [ms]", &[0.026_251, 1.3])],
    );
    check(
        "cargo.txt",
        "libtest-bench",
        "running 1 test\ntest parse::small ... bench:       1,234.5 ns/iter (+/- 56.7) = 12 MB/s\n\ntest result: ok. 0 passed\n",
        &[("median_time_per_op", "time_per_op [ms]", &[0.001_234_5])],
    );
    check(
        "pytest.txt",
        "pytest-benchmark-console",
        "---- benchmark: 2 tests ----\nName (time in us)          Min                 Max                Mean             StdDev              Median               IQR            Outliers  OPS (Kops/s)            Rounds  Iterations\n----\ntest_fast           1.5000 (1.0)       9.5000 (1.0)      2.0000 (1.0)      0.5000 (1.0)      1.9000 (1.0)      0.1000 (1.0)      12;34      500.0000 (1.0)        1000           1\ntest_slow       1,500.0000 (>1000.0)  9,500.0000 (>1000.0)  2,000.0000 (>1000.0)  0.5000 (1.0)  1,900.0000 (>1000.0)  0.1000 (1.0)  12;34  0.5000 (0.00)  10  1\n----\n",
        &[("mean_time_per_op", "time_per_op [ms]", &[0.002, 2.0])],
    );
    check(
        "jmh.txt",
        "jmh-console",
        "# JMH version: 1.37\n\nBenchmark          Mode  Cnt     Score    Error   Units\nMyBench.decode    thrpt   10     2.500 ±  0.100  ops/us\nMyBench.encode     avgt   10  1250.500 ± 12.300   ns/op\n",
        &[("mean_time_per_op", "time_per_op [ms]", &[0.001_250_5])],
    );
    check(
        "hyperfine.txt",
        "hyperfine-console",
        "Benchmark 1: sleep 0.1\n  Time (mean ± σ):     102.3 ms ±   1.2 ms    [User: 0.9 ms, System: 1.1 ms]\n  Range (min … max):   101.0 ms … 105.0 ms    28 runs\n",
        &[
            ("mean_run_time", "total_duration [ms]", &[102.3]),
            ("max_run_time", "total_duration [ms]", &[105.0]),
        ],
    );
    check(
        "timeit.txt",
        "timeit",
        "50000 loops, best of 5: 4.5 usec per loop\n1.5 ms ± 20 µs per loop (mean ± std. dev. of 7 runs, 1,000 loops each)\n",
        &[
            ("min_time_per_op", "time_per_op [ms]", &[0.0045]),
            ("stddev_time_per_op", "time_per_op [ms]", &[0.02]),
        ],
    );
    check(
        "perf.txt",
        "perf-stat",
        " Performance counter stats for 'ls':\n\n          1,234.56 msec task-clock                #    0.998 CPUs utilized\n         1,234,567      cycles                    #    3.2 GHz\n\n       1.250000000 seconds time elapsed\n\n       0.500000000 seconds user\n",
        &[("cpu_time", "cpu_time [ms]", &[1234.56]), ("elapsed_time", "total_duration [ms]", &[1250.0])],
    );
    check(
        "time.txt",
        "time-verbose",
        "\tCommand being timed: \"make\"\n\tUser time (seconds): 1.50\n\tSystem time (seconds): 0.25\n\tElapsed (wall clock) time (h:mm:ss or m:ss): 0:02.50\n\tMaximum resident set size (kbytes): 2048\n",
        &[("peak_rss", "peak_memory [MiB]", &[2.0])],
    );
    Ok(())
}

fn load_generators() -> Outcome {
    check(
        "wrk.txt",
        "wrk",
        "Running 30s test @ http://127.0.0.1:8080/\n  12 threads and 400 connections\n  Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency   635.91us    0.89ms  12.92ms   93.69%\n    Req/Sec    56.20k     8.07k   62.00k    86.54%\n  Latency Distribution\n     50%  250.00us\n     99%    2.94ms\n  22464657 requests in 30.00s, 17.76GB read\nRequests/sec: 748868.53\nTransfer/sec:    606.33MB\n",
        &[
            ("requests_per_sec", "request_rate [req/s]", &[748_868.53]),
            ("mean_latency", "latency [ms]", &[0.635_91]),
            ("stddev_latency", "latency [ms]", &[0.89]),
            ("p99_latency", "latency [ms]", &[2.94]),
        ],
    );
    check(
        "hey.txt",
        "hey",
        "Summary:\n  Total:\t1.5000 secs\n  Slowest:\t0.0500 secs\n  Fastest:\t0.0010 secs\n  Average:\t0.0100 secs\n  Requests/sec:\t1333.3333\n\nLatency distribution:\n  50% in 0.0090 secs\n  99% in 0.0400 secs\n",
        &[
            ("requests_per_sec", "request_rate [req/s]", &[1333.3333]),
            ("max_latency", "latency [ms]", &[50.0]),
            ("p50_latency", "latency [ms]", &[9.0]),
        ],
    );
    check(
        "oha.txt",
        "oha",
        "Summary:\n  Success rate:\t100.00%\n  Total:\t0.3500 secs\n  Slowest:\t0.0130 secs\n  Fastest:\t0.0003 secs\n  Average:\t0.0036 secs\n  Requests/sec:\t571.4285\n\nResponse time distribution:\n  50.00% in 0.0035 secs\n  99.90% in 0.0125 secs\n",
        &[
            ("p50_latency", "latency [ms]", &[3.5]),
            ("p99.9_latency", "latency [ms]", &[12.5]),
            ("requests_per_sec", "request_rate [req/s]", &[571.4285]),
        ],
    );
    check(
        "ab.txt",
        "ab",
        "This is ApacheBench, Version 2.3 <$Revision: 1 $>\nConcurrency Level:      10\nTime taken for tests:   1.250 seconds\nComplete requests:      1000\nFailed requests:        0\nRequests per second:    800.00 [#/sec] (mean)\nTime per request:       12.500 [ms] (mean)\nTime per request:       1.250 [ms] (mean, across all concurrent requests)\n\nConnection Times (ms)\n              min  mean[+/-sd] median   max\nConnect:        0    1   0.5      1       4\nTotal:          2   12   3.5     11      40\n\n  50%     11\n 100%     40 (longest request)\n",
        &[
            ("requests_per_second", "request_rate [req/s]", &[800.0]),
            ("mean_request_latency", "e2e_latency [ms]", &[12.5]),
            ("p50_request_latency", "e2e_latency [ms]", &[11.0]),
        ],
    );
    check(
        "vegeta.txt",
        "vegeta-text",
        "Requests      [total, rate, throughput]         1200, 65.87, 65.50\nDuration      [total, attack, wait]             18.2s, 18.2s, 2.9ms\nLatencies     [min, mean, 50, 90, 95, 99, max]  1.5ms, 2.5ms, 2.4ms, 3.1ms, 3.5ms, 9.9ms, 1m2.5s\nSuccess       [ratio]                           100.00%\nStatus Codes  [code:count]                      200:1200\n",
        &[
            ("requests_per_sec", "request_rate [req/s]", &[65.5]),
            ("p99_latency", "latency [ms]", &[9.9]),
            ("max_latency", "latency [ms]", &[62_500.0]),
        ],
    );
    check(
        "k6.txt",
        "k6-console",
        "     http_req_duration..............: avg=117.55ms min=115.01ms med=1.2s     max=2m1.5s  p(90)=123.4ms p(95)=150µs\n       { expected_response:true }...: avg=117.55ms min=115.01ms med=1.2s     max=2.1s  p(90)=123.4ms p(95)=150µs\n     http_reqs......................: 1000   33.25/s\n     data_received..................: 12 MB  401 kB/s\n     http_req_failed................: 0.00%  ✓ 0    ✗ 1000\n",
        &[("requests_per_sec", "request_rate [req/s]", &[33.25])],
    );
    check(
        "locust.txt",
        "locust-console",
        "Type     Name      # reqs      # fails |    Avg     Min     Max    Med |   req/s  failures/s\n--------|---------|-------|-------------|-------|-------|-------|-------|--------|-----------\nGET      /hello      100     0(0.00%) |     12       3      45     11 |   10.50        0.00\n--------|---------|-------|-------------|-------|-------|-------|-------|--------|-----------\n         Aggregated  100     0(0.00%) |     12       3      45     11 |   10.50        0.00\n",
        &[("requests_per_sec", "request_rate [req/s]", &[10.5, 10.5])],
    );
    check(
        "sysbench.log",
        "sysbench",
        "sysbench 1.0.20 (using system LuaJIT 2.1.0-beta3)\nNumber of threads: 4\nCPU speed:\n    events per second:  1234.56\nGeneral statistics:\n    total time:                          10.0010s\nLatency (ms):\n         min:                                    0.75\n         avg:                                    0.81\n         95th percentile:                        0.95\n         max:                                    4.50\n",
        &[("p95_latency", "latency [ms]", &[0.95]), ("max_latency", "latency [ms]", &[4.5])],
    );
    let iperf = "[ ID] Interval           Transfer     Bitrate         Retr  Cwnd\n[  5]   0.00-1.00   sec   112 MBytes   941 Mbits/sec    0    385 KBytes\n[  5]   1.00-2.00   sec   112 MBytes   1.50 Gbits/sec    0    385 KBytes\n- - -\n[  5]   0.00-2.00   sec   225 MBytes   943 Mbits/sec    0             sender\n";
    let document = read("iperf.txt", iperf);
    assert_eq!((document.adapter.as_deref(), document.rows()), (Some("iperf3"), 3));
    check(
        "fio.txt",
        "fio",
        "rr: (groupid=0, jobs=1): err= 0: pid=123: Mon Jan  1 00:00:00 2024\n  read: IOPS=12.5k, BW=48.8MiB/s (51.2MB/s)(488MiB/10001msec)\n    slat (nsec): min=1000, max=20000, avg=1500.50, stdev=100.25\n    clat (usec): min=10, max=2000, avg=75.50, stdev=10.25\n     lat (usec): min=11, max=2001, avg=77.50, stdev=10.50\n",
        &[],
    );
    let fields: Vec<(String, f64)> = series("fio.txt", "rr: (groupid=0, jobs=1): err= 0: pid=1\n  read: IOPS=12.5k, BW=48.8MiB/s (51.2MB/s)\n     lat (usec): min=11, max=2001, avg=77.50, stdev=10.50\n")
        .iter()
        .filter(|series| &*series.field == "lat mean")
        .map(|series| (series.unit.symbol().to_owned(), series.values.numbers()[0]))
        .collect();
    assert_eq!(fields, [("ms".to_owned(), 0.0775)]);
    Ok(())
}

fn language_models() -> Outcome {
    check(
        "llama.log",
        "llama.cpp-timings",
        "llama_perf_context_print:        load time =    1046.01 ms\nllama_perf_context_print: prompt eval time =      86.91 ms /    12 tokens (    7.24 ms per token,   138.08 tokens per second)\nllama_perf_context_print:        eval time =    2003.52 ms /   255 runs   (    7.86 ms per token,   127.28 tokens per second)\nllama_perf_context_print:       total time =    2154.98 ms /   267 tokens\nllama_perf_context_print:        load time =     500.00 ms\nllama_perf_context_print:        eval time =    1000.00 ms /   100 runs   (   10.00 ms per token,   100.00 tokens per second)\n",
        &[
            ("eval_rate", "throughput [tok/s]", &[127.28, 100.0]),
            ("prompt_rate", "prefill_rate [tok/s]", &[138.08]),
            ("load_time", "load_duration [ms]", &[1046.01, 500.0]),
            ("eval_time", "eval_duration [ms]", &[2003.52, 1000.0]),
        ],
    );
    check(
        "OLLAMA.TXT",
        "ollama-verbose",
        ">>> hello\ntotal duration:       1m4.452833s\nload duration:        12.3ms\nprompt eval count:    26 token(s)\nprompt eval duration: 130.079ms\nprompt eval rate:     199.88 tokens/s\neval count:           259 token(s)\neval duration:        4.23271s\neval rate:            61.19 tokens/s\n",
        &[
            ("eval_rate", "throughput [tok/s]", &[61.19]),
            ("total_duration", "total_duration [ms]", &[64_452.833]),
            ("load_duration", "load_duration [ms]", &[12.3]),
        ],
    );
    check(
        "vllm.log",
        "serving-benchmark",
        "============ Serving Benchmark Result ============\nSuccessful requests:                     100\nBenchmark duration (s):                  31.34\nRequest throughput (req/s):              3.19\nOutput token throughput (tok/s):         703.00\n---------------Time to First Token----------------\nMean TTFT (ms):                          54.02\nP99 TTFT (ms):                           216.98\n==================================================\n",
        &[
            ("Mean TTFT", "ttft [ms]", &[54.02]),
            ("P99 TTFT", "ttft [ms]", &[216.98]),
            ("output_token_throughput", "throughput [tok/s]", &[703.0]),
        ],
    );
    Ok(())
}

fn model_benchmarks() -> Outcome {
    check(
        "bench.txt",
        "llama-bench-table",
        "| model                          |       size |     params | backend    | ngl |          test |                  t/s |\n| ------------------------------ | ---------: | ---------: | ---------- | --: | ------------: | -------------------: |\n| llama 7B Q4_0                  |   3.56 GiB |     6.74 B | CUDA       |  99 |         pp512 |      5012.34 ± 10.20 |\n| llama 7B Q4_0                  |   3.56 GiB |     6.74 B | CUDA       |  99 |         tg128 |        125.50 ± 0.75 |\n\nbuild: abc1234 (4242)\n",
        &[
            ("mean_prompt_eval_rate", "prefill_rate [tok/s]", &[5012.34]),
            ("mean_eval_rate", "throughput [tok/s]", &[125.5]),
            ("stddev_eval_rate", "throughput [tok/s]", &[0.75]),
        ],
    );
    check(
        "mlperf_log_summary.txt",
        "mlperf-loadgen",
        "================================================\nMLPerf Results Summary\n================================================\nSUT name : PySUT\nScenario : Server\nMode     : PerformanceOnly\nCompleted samples per second    : 12.50\nCompleted tokens per second: 2500.25\nResult is : VALID\n\n================================================\nAdditional Stats\n================================================\nMin latency (ns)                : 1000000\nMean latency (ns)               : 2500000\n50.00 percentile latency (ns)   : 2000000\n99.90 percentile latency (ns)   : 8500000\nMean First Token latency (ns)  : 45000000\n99.00 percentile first token latency (ns)   : 90000000\n",
        &[
            ("p50_latency", "latency [ms]", &[2.0]),
            ("p99.9_latency", "latency [ms]", &[8.5]),
            ("Mean_ttft", "ttft [ms]", &[45.0]),
            ("p99_ttft", "ttft [ms]", &[90.0]),
            ("output_tokens_per_second", "throughput [tok/s]", &[2500.25]),
        ],
    );
    check(
        "sglang.log",
        "serving-benchmark",
        "============ Serving Benchmark Result ============\nBackend:                                 sglang\nTraffic request rate:                    inf\nMax request concurrency:                 not set\nSuccessful requests:                     100\nBenchmark duration (s):                  31.34\nRequest throughput (req/s):              3.19\nOutput token throughput (tok/s):         703.00\nConcurrency:                             25.50\n----------------End-to-End Latency----------------\nMean E2E Latency (ms):                   2500.50\n---------------Time to First Token----------------\nMedian TTFT (ms):                        54.02\n---------------Inter-Token Latency----------------\nP95 ITL (ms):                            20.50\n==================================================\n",
        &[
            ("Median TTFT", "ttft [ms]", &[54.02]),
            ("P95 ITL", "itl [ms]", &[20.5]),
            ("Mean E2E Latency", "e2e_latency [ms]", &[2500.5]),
            ("output_token_throughput", "throughput [tok/s]", &[703.0]),
        ],
    );
    Ok(())
}

fn hardware() -> Outcome {
    check(
        "dmon.log",
        "nvidia-smi-dmon",
        "# gpu   pwr gtemp mtemp    sm   mem   enc   dec  mclk  pclk\n# Idx     W     C     C     %     %     %     %   MHz   MHz\n    0    43    35     -    12     3     0     0  2505  1075\n    1    50    36     -    99    30     0     0  2505  1980\n",
        &[
            ("power", "power [W]", &[43.0, 50.0]),
            ("gpu_utilization", "gpu_utilization [%]", &[12.0, 99.0]),
            ("gpu_temperature", "gpu_temperature [°C]", &[35.0, 36.0]),
        ],
    );
    check(
        "smi.txt",
        "nvidia-smi",
        "Mon Jan  1 00:00:00 2024\n+-----------------------------------------------------------------------------+\n| NVIDIA-SMI 525.60.13    Driver Version: 525.60.13    CUDA Version: 12.0     |\n|-------------------------------+----------------------+----------------------+\n|   0  Tesla V100-SXM2...  On   | 00000000:00:1E.0 Off |                    0 |\n| N/A   35C    P0    45W / 300W |   1234MiB / 16384MiB |     12%      Default |\n+-----------------------------------------------------------------------------+\n",
        &[
            ("power", "power [W]", &[45.0]),
            ("memory_used", "memory [MiB]", &[1234.0]),
            ("gpu_temperature", "gpu_temperature [°C]", &[35.0]),
        ],
    );
    check(
        "tegra.log",
        "tegrastats",
        "RAM 2448/7772MB (lfb 2x4MB) SWAP 0/3886MB CPU [5%@1190,2%@1190] EMC_FREQ 0% GR3D_FREQ 25% CPU@45.5C VDD_IN 5400mW/5400mW\nRAM 2450/7772MB (lfb 2x4MB) SWAP 0/3886MB CPU [5%@1190,2%@1190] EMC_FREQ 0% GR3D_FREQ 35% CPU@46C VDD_IN 5500mW/5400mW\n",
        &[
            ("memory_used", "memory [MiB]", &[2448.0, 2450.0]),
            ("gpu_utilization", "gpu_utilization [%]", &[25.0, 35.0]),
        ],
    );
    check(
        "rocm.txt",
        "rocm-smi",
        "======== ROCm System Management Interface ========\nGPU  Temp   AvgPwr  SCLK    MCLK    Fan   Perf  PwrCap  VRAM%  GPU%\n0    35.0c  45.5W   800Mhz  350Mhz  30%   auto  300.0W    5%   12%\n======== End of ROCm SMI Log ========\n",
        &[("power", "power [W]", &[45.5]), ("gpu_utilization", "gpu_utilization [%]", &[12.0])],
    );
    Ok(())
}

fn go_details() -> Outcome {
    let text = "pkg: a/one\nBenchmarkX/n=10/mode=fast-4 100 5 ns/op 3.5 p99-ns 7 widgets\nBenchmarkY 100 6.5 ns/op\npkg: a/two\nBenchmarkX/n=10/mode=fast-4 100 7 ns/op 4.5 p99-ns 8 widgets\n";
    let all = series("go.txt", text);
    let times: Vec<(String, f64, u32)> = all
        .iter()
        .filter(|series| &*series.field == "time_per_op")
        .flat_map(|series| {
            series.values.iter().map(|value| (value.group.to_string(), value.number, value.line))
        })
        .collect();
    let group = |package: &str| {
        format!("gomaxprocs=4, mode=fast, n=10, package={package}, test_name=BenchmarkX/n=10/mode=fast")
    };
    let expected = [
        (group("a/one"), 5e-6, 2),
        (group("a/two"), 7e-6, 5),
        ("package=a/one, test_name=BenchmarkY".to_owned(), 6.5e-6, 3),
    ];
    for expected in expected {
        assert!(times.contains(&expected), "{expected:?} is not in {times:#?}");
    }
    let custom = all.iter().find(|series| &*series.field == "p99-ns").ok_or("no custom unit")?;
    assert_eq!(*custom.values.numbers(), [3.5e-6, 4.5e-6]);
    Ok(())
}

fn shapes() -> Outcome {
    let text = "BenchmarkA-2 10 5 ns/op 3 B/op 1 allocs/op\nBenchmarkB-2 10 6 ns/op\n";
    let all = series("go.txt", text);
    assert!(!all.is_empty());
    for series in all {
        assert_eq!(series.excluded_total(), 0, "{}", series.field);
    }
    Ok(())
}

fn near_misses() -> Outcome {
    for text in [
        "",
        "\n\n",
        "We ran the benchmark: latency was 12 ms on the first day.\nThroughput went to 100 tokens per second.\n",
        "BenchmarkFoo was slow, it took 100 seconds, and BenchmarkBar 20 ns/op less.\n",
        "time: 12:30\nplace: room 5\nduration: 2 hours\n",
        "The eval rate: 12 tokens/s was fine\nbut the rest was prose, and there was much more of it.\nAnd more.\n",
        "Requests/sec was the figure to watch\nLatency is what users feel\n",
        "INFO 2024-01-01 12:00:00 server started on port 8080\nINFO 2024-01-01 12:00:01 request took 12ms\nINFO 2024-01-01 12:00:02 request took 13ms\n",
        "Running 3 tests\nSummary:\n  all good\n",
        "# gpu list\n# Idx name\n0 a\n",
        "{\"level\":\"info\",\"msg\":\"hello\",\"port\":80}\n{\"level\":\"info\",\"msg\":\"bye\",\"port\":81}\n",
        "llama_perf_context_print: load time is in the table below\n",
        "RAM 16 GB of the machine; CPU [8 cores]\n",
        "Name (time in us) is the first column\ntest_a 1 2 3\n",
        "[info] not json\n[1] first footnote\n",
    ] {
        check_unknown(text);
    }
    Ok(())
}

fn loose() -> Outcome {
    check(
        "own.log",
        "name-value-unit",
        "model: gemma3:270m\nThroughput: 95.2 tokens/s\nTTFT: 120 ms\nTotal latency = 1.5 s\nThroughput: 96.2 tokens/s\nTTFT: 121 ms\nTotal latency = 1.6 s\n",
        &[("Throughput", "throughput [tok/s]", &[95.2, 96.2]), ("TTFT", "ttft [ms]", &[120.0, 121.0])],
    );
    Ok(())
}

fn json_in_text() -> Outcome {
    let text = "loading model\nready\n{\n  \"model\": \"gemma3\",\n  \"ttft_ms\": 12.5,\n  \"tokens_per_second\": 99.5\n}\n";
    let document = read("run.txt", text);
    assert_eq!((document.status, document.tables.len()), (Some(Status::Ok), 1));
    assert_eq!(document.tables[0].row_lines.get(0), 3);
    let notes: Vec<Option<u64>> = document.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(notes, [Some(1)]);
    let lines = "start\n{\"ttft_ms\": 12.5}\n12:00 busy\n{\"ttft_ms\": 13.5}\nend\n";
    let document = read("run.log", lines);
    assert_eq!(document.status, Some(Status::Ok));
    assert_eq!(document.tables[0].row_lines.iter().collect::<Vec<_>>(), [2, 4]);
    assert_eq!(series("run.log", lines)[0].values.numbers().into_owned(), [12.5, 13.5]);
    Ok(())
}

fn half_written() -> Outcome {
    let document = read("wrk.txt", "Running 30s test @ http://x/\nRequests/sec: 74886");
    assert_eq!(document.rows(), 0, "the figure may go on");
    assert_eq!(document.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [Some(2)]);
    let document = read("go.txt", "BenchmarkA-2 10 5 ns/op\nBenchmarkB-2 10 6 ns/op");
    assert_eq!((document.rows(), document.problems.len()), (2, 0), "a unit stands at the end");
    Ok(())
}

fn left_out() -> Outcome {
    let document = read("go.txt", "BenchmarkA-2 10 5 ns/op\nelapsed 12.5 what\nanother 13\nno figure\n");
    let notes: Vec<(Option<u64>, bool)> = document
        .problems
        .iter()
        .map(|problem| (problem.line, problem.message.to_string().starts_with("2 lines with figures")))
        .collect();
    assert_eq!((document.status, notes), (Some(Status::Ok), vec![(Some(2), true)]));
    Ok(())
}

/// Pieces of every format in any order, with noise between: read, and as often as asked.
fn any_text() -> Outcome {
    let pieces = select(vec![
        GO,
        "Running 30s test @ http://x/\n",
        "Requests/sec: 12.5\n",
        "# gpu   pwr gtemp\n# Idx     W     C\n",
        "    0    43    35\n",
        "total duration: 1m\nload duration: 12.3ms\neval rate: 1 tokens/s\n",
        "{\"a\": [1, 2\n",
        "{\"ttft_ms\": 1}\n",
        "\u{1b}[31mred\u{1b}[0m\r\n",
        "\u{1b}[",
        "Latencies     [mean, 50, 95, 99, max]  1.5ms, , -, 1e999s, 1m2m\n",
        "Throughput: 1 tok/s\n",
        "99999999999999999999999999 requests in 1e5, ∞ read\n",
    ]);
    let noise = any::<String>();
    let text = proptest::collection::vec((pieces, noise), 0..8).prop_map(|parts| {
        let mut text = String::new();
        for (piece, noise) in parts {
            // Writing to a string cannot fail.
            let _ = write!(text, "{piece}{noise}");
        }
        text
    });
    let mut runner = TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
    runner
        .run(&text, |text| {
            let first = ingest::parse("any.log", Kind::Text, text.as_bytes());
            let again = ingest::parse("any.log", Kind::Text, text.as_bytes());
            assert_eq!(first, again);
            let lines = text.lines().count() as u32;
            for table in &first.tables {
                assert!(table.columns.iter().all(|column| column.cells.len() == table.rows()));
                assert!(table.row_lines.iter().all(|line| (1..=lines.max(1)).contains(&line)));
            }
            assert_eq!(
                first.status == Some(Status::Skipped),
                first.tables.is_empty() && first.adapter.is_none()
            );
            Ok(())
        })
        .map_err(|error| error.to_string().into())
}

fn starts() -> Outcome {
    assert!(adapter::may_be_known(GO));
    assert!(adapter::may_be_known("log\n{\"ttft_ms\": 1}\n"));
    assert!(!adapter::may_be_known("INFO started\nINFO stopped\n"));
    Ok(())
}
