#!/usr/bin/env python3
"""Small files as tools of many kinds write them: made here, so that what each must be read as
is known (`tools.tsv`). The figures mean nothing."""
import json
import os

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tools")


def w(name, text):
    with open(os.path.join(FOLDER, name), "w", encoding="utf-8") as file:
        file.write(text if isinstance(text, str) else json.dumps(text, indent=1) + "\n")


# vLLM serving --save-result with saved detail (pretty) incl. metadata
w('vllm_serve.json', {"date":"20250613-104522","endpoint_type":"vllm","label":None,"backend":"vllm","model_id":"Qwen/Qwen2.5-7B","tokenizer_id":"Qwen/Qwen2.5-7B","num_prompts":200,"request_rate":"inf","burstiness":1.0,"max_concurrency":32,"duration":24.51,"completed":200,"failed":0,"total_input_tokens":43000,"total_output_tokens":41023,"request_throughput":8.16,"request_goodput":None,"output_throughput":1673.7,"total_token_throughput":3428.1,"mean_ttft_ms":153.2,"median_ttft_ms":140.1,"std_ttft_ms":60.2,"p99_ttft_ms":320.5,"mean_tpot_ms":17.2,"median_tpot_ms":17.0,"std_tpot_ms":1.2,"p99_tpot_ms":20.1,"mean_itl_ms":17.1,"median_itl_ms":16.8,"std_itl_ms":3.2,"p99_itl_ms":35.2,"mean_e2el_ms":3700.1,"median_e2el_ms":3600.2,"std_e2el_ms":410.0,"p99_e2el_ms":4800.3})
# SGLang JSONL
sg={"tag":None,"backend":"sglang","dataset_name":"random","request_rate":4.0,"max_concurrency":16,"sharegpt_output_len":None,"random_input_len":1024,"random_output_len":256,"random_range_ratio":1.0,"duration":50.1,"completed":200,"total_input_tokens":204800,"total_output_tokens":51200,"total_output_tokens_retokenized":51190,"request_throughput":3.99,"input_throughput":4087.8,"output_throughput":1021.9,"mean_e2e_latency_ms":2200.5,"median_e2e_latency_ms":2100.4,"std_e2e_latency_ms":310.1,"p99_e2e_latency_ms":3100.0,"mean_ttft_ms":88.1,"median_ttft_ms":80.2,"std_ttft_ms":20.0,"p99_ttft_ms":150.1,"mean_tpot_ms":8.2,"median_tpot_ms":8.1,"std_tpot_ms":0.5,"p99_tpot_ms":9.9,"mean_itl_ms":8.3,"median_itl_ms":8.0,"std_itl_ms":1.5,"p95_itl_ms":12.2,"p99_itl_ms":15.2,"concurrency":8.8,"accept_length":None}
w('sglang.jsonl', json.dumps(sg)+"\n"+json.dumps(dict(sg,request_rate=8.0,output_throughput=1900.0,mean_ttft_ms=120.0))+"\n")
# sglang offline bench_one_batch
w('sglang_one_batch.jsonl', "\n".join(json.dumps({"run_name":"default","batch_size":b,"input_len":256,"output_len":32,"prefill_latency":0.03*b,"prefill_throughput":8000.5,"median_decode_latency":0.007,"median_decode_throughput":140.2*b,"total_latency":0.25,"overall_throughput":1100.0*b}) for b in (1,16))+"\n")
w('sglang_offline.json', {"backend":"engine","successful_requests":100,"total_latency":12.5,"total_input_tokens":20000,"total_output_tokens":18000,"last_gen_throughput":2100.1,"request_throughput":8.0,"input_throughput":1600.0,"output_throughput":1440.0,"total_throughput":3040.0})
# genai-perf CSV
w('genai_perf.csv', 'Metric,avg,min,max,p99,p95,p90,p75,p50,p25\nTime To First Token (ms),31.65,21.12,61.30,60.01,55.5,48.2,35.1,28.5,25.1\nTime To Second Token (ms),6.1,5.9,6.9,6.8,6.7,6.5,6.2,6.0,5.95\nInter Token Latency (ms),6.05,5.9,6.3,6.29,6.25,6.2,6.1,6.03,6.0\nRequest Latency (ms),"1,245.23","1,100.10","1,500.40","1,499.0","1,450.0","1,400.1","1,300.5","1,240.2","1,150.0"\nOutput Sequence Length (tokens),201.1,180,210,209.5,208,206,204,201,198\nInput Sequence Length (tokens),550.1,548,552,552,551,551,550,550,549\n\nMetric,Value\nOutput Token Throughput (per sec),321.45\nRequest Throughput (per sec),1.60\nRequest Count (count),50.00\n')
w('genai_perf_gpu.csv', 'Metric,avg,min,max,p99,p95,p90,p75,p50,p25\nTime To First Token (ms),31.65,21.12,61.30,60.01,55.5,48.2,35.1,28.5,25.1\n\nMetric,Value\nOutput Token Throughput (tokens/sec),321.45\nRequest Throughput (per sec),1.60\n\nMetric,GPU,avg,min,max,p99,p95,p90,p75,p50,p25\nGPU Power Usage (W),0,244.9,240.0,250.1,250,249,248,246,245,242\nGPU Memory Used (GB),0,70.1,70.0,70.2,70.2,70.2,70.2,70.1,70.1,70.0\n')
w('genai_perf.json', {"request_throughput":{"unit":"requests/sec","avg":1.6},"request_latency":{"unit":"ms","avg":1245.2,"p25":1150.0,"p50":1240.2,"p75":1300.5,"p90":1400.1,"p95":1450.0,"p99":1499.0,"min":1100.1,"max":1500.4,"std":80.1},"time_to_first_token":{"unit":"ms","avg":31.65,"p25":25.1,"p50":28.5,"p99":60.0,"min":21.1,"max":61.3,"std":9.1},"inter_token_latency":{"unit":"ms","avg":6.05,"p50":6.03,"p99":6.29,"min":5.9,"max":6.3,"std":0.1},"output_token_throughput":{"unit":"tokens/sec","avg":321.45},"output_token_throughput_per_request":{"unit":"tokens/sec","avg":165.1,"p50":165.0,"p99":170.0,"min":160.0,"max":171.0,"std":2.0},"output_sequence_length":{"unit":"tokens","avg":201.1,"p50":201,"p99":209,"min":180,"max":210,"std":4.4},"input_sequence_length":{"unit":"tokens","avg":550.1,"p50":550,"p99":552,"min":548,"max":552,"std":1.0},"input_config":{"model":["gemma3"],"formatted_model_name":"gemma3","measurement_interval":10000,"concurrency":2,"request_rate":None,"random_seed":0,"synthetic_input_tokens_mean":550,"synthetic_input_tokens_stddev":0,"stability_percentage":999}})
# aiperf csv like
w('aiperf.csv','Metric,avg,min,max,p1,p5,p10,p25,p50,p75,p90,p95,p99,std\nTime to First Token (ms),18.26,11.22,106.32,11.3,11.5,12.0,13.0,14.0,20.0,27.76,40.1,68.82,12.07\nInter Token Latency (ms),11.21,8.53,13.89,8.6,8.8,9.0,10.0,11.0,12.0,12.7,13.0,13.85,1.0\nOutput Token Throughput Per User (tokens/sec/user),90.1,72.0,117.2,72,74,78,83,90,98,109,111,116,8.0\n\nMetric,Value\nRequest Count,1000\nOutput Token Throughput (tokens/sec),10944.03\nRequest Throughput (requests/sec),255.54\nBenchmark Duration (sec),3.91\n')
# trtllm-bench report json & log
w('trtllm_report.json', {"engine":{"model":"meta-llama/Llama-3.1-8B","backend":"Pytorch","dtype":"bfloat16","kv_cache_dtype":"FP8"},"world_info":{"tp_size":1,"pp_size":1,"world_size":1,"max_batch_size":512,"max_num_tokens":8192},"performance":{"total_latency_ms":23000.5,"avg_request_latency_ms":15000.2,"request_latency_percentiles_ms":{"p50":15000.1,"p90":20000.2,"p95":21000.3,"p99":22000.4,"minimum":1000.5,"maximum":22900.1,"average":15000.2},"request_throughput_req_s":43.48,"system_output_throughput_tok_s":5565.2,"system_total_throughput_tok_s":11130.4,"output_throughput_per_user_tok_s":27.5,"output_throughput_per_gpu_tok_s":5565.2},"streaming_metrics":{"token_output_speed_tok_s":28.3,"avg_ttft_ms":620.1,"ttft_percentiles":{"p50":600.0,"p90":900.0,"p95":1000.0,"p99":1100.0,"minimum":50.0,"maximum":1200.0,"average":620.1},"avg_tpot_ms":35.2,"tpot_percentiles":{"p50":35.0,"p90":40.0,"p95":41.0,"p99":43.0,"minimum":10.0,"maximum":44.0,"average":35.2}},"request_info":{"num_requests":1000,"avg_num_concurrent_requests":512.2,"avg_input_length":128.0,"avg_output_length":128.0},"dataset":{"isl":128,"osl":128}})
w('trtllm_bench.log','''===========================================================
= PYTORCH BACKEND
===========================================================
Model:			meta-llama/Llama-3.1-8B-Instruct
Model Path:		None
TensorRT-LLM Version:	0.17.0
Dtype:			bfloat16
KV Cache Dtype:		FP8

===========================================================
= WORLD + RUNTIME INFORMATION
===========================================================
TP Size:		1
PP Size:		1
EP Size:		None
Max Runtime Batch Size:	2048
Max Runtime Tokens:	4096
KV Memory Percentage:	90.00%
Issue Rate (req/sec):	5.0689E+14

===========================================================
= PERFORMANCE OVERVIEW
===========================================================
Request Throughput (req/sec):                     43.2089
Total Output Throughput (tokens/sec):             5530.7382
Per User Output Throughput (tokens/sec/user):     2.0563
Per GPU Output Throughput (tokens/sec/gpu):       5530.7382
Total Token Throughput (tokens/sec):              94022.5497
Total Latency (ms):                               115716.9214
Average request latency (ms):                     75903.4456
''')
# llm-perf leaderboard CSV
w('llm_perf.csv','config.name,config.backend.name,config.backend.version,config.backend.task,config.backend.model,config.backend.torch_dtype,config.scenario.name,config.scenario.iterations,config.scenario.input_shapes.batch_size,config.scenario.generate_kwargs.max_new_tokens,report.prefill.memory.unit,report.prefill.memory.max_ram,report.prefill.memory.max_global_vram,report.prefill.latency.unit,report.prefill.latency.count,report.prefill.latency.total,report.prefill.latency.mean,report.prefill.latency.stdev,report.prefill.latency.p50,report.prefill.latency.p99,report.prefill.throughput.unit,report.prefill.throughput.value,report.prefill.energy.unit,report.prefill.energy.gpu,report.prefill.efficiency.unit,report.prefill.efficiency.value,report.decode.latency.unit,report.decode.latency.mean,report.decode.throughput.unit,report.decode.throughput.value,report.per_token.latency.unit,report.per_token.latency.mean,report.per_token.throughput.unit,report.per_token.throughput.value,report.traceback\n'
 'cuda-float16,pytorch,2.4.0,text-generation,microsoft/phi-1_5,float16,inference,10,1,64,MB,800.5,7208.9,s,20,1.02,0.051,0.001,0.0509,0.0549,tokens/s,5016.2,kWh,1.5e-06,tokens/kWh,170666666.7,s,2.5,tokens/s,25.2,s,0.0396,tokens/s,25.2,\n'
 'cuda-float16,pytorch,2.4.0,text-generation,google/gemma-2b,float16,inference,10,1,64,MB,802.1,9300.1,s,20,1.5,0.075,0.002,0.0748,0.08,tokens/s,3413.3,kWh,2.5e-06,tokens/kWh,102400000.0,s,2.9,tokens/s,21.7,s,0.046,tokens/s,21.7,\n')
# optimum benchmark report json
ob=lambda v,u:{"unit":u,"count":3,"total":v*3,"mean":v,"p50":v,"p90":v*1.1,"p95":v*1.2,"p99":v*1.3,"stdev":v*0.05,"stdev_":5.0,"values":[v*0.9,v,v*1.1]}
def tgt(l,tp,u): return {"memory":{"unit":"MB","max_ram":1200.5,"max_global_vram":8100.2,"max_process_vram":7800.1,"max_reserved":6900.0,"max_allocated":6400.0},"latency":ob(l,"s"),"throughput":{"unit":u,"value":tp},"energy":{"unit":"kWh","cpu":1e-6,"ram":2e-7,"gpu":5e-6,"total":6.2e-6},"efficiency":{"unit":"tokens/kWh","value":1e7}}
w('optimum.json', {"config":{"name":"pytorch_gpt2","backend":{"name":"pytorch","model":"gpt2","device":"cuda","seed":42},"scenario":{"name":"inference","iterations":10,"warmup_runs":10,"input_shapes":{"batch_size":2,"sequence_length":16}}},"report":{"load":{"memory":{"unit":"MB","max_ram":1000.0},"latency":ob(1.5,"s"),"throughput":None,"energy":None,"efficiency":None},"prefill":tgt(0.02,1600.0,"tokens/s"),"decode":tgt(0.5,200.0,"tokens/s"),"per_token":{"memory":None,"latency":ob(0.005,"s"),"throughput":{"unit":"tokens/s","value":200.0},"energy":None,"efficiency":None}}})
# lm-eval
w('lm_eval.json', {"results":{"arc_easy":{"alias":"arc_easy","acc,none":0.55,"acc_stderr,none":0.01,"acc_norm,none":0.51,"acc_norm_stderr,none":0.011},"wikitext":{"alias":"wikitext","word_perplexity,none":12.5,"word_perplexity_stderr,none":"N/A","byte_perplexity,none":1.6,"bits_per_byte,none":0.68},"gsm8k":{"alias":"gsm8k","exact_match,strict-match":0.31,"exact_match_stderr,strict-match":0.012,"exact_match,flexible-extract":0.33,"exact_match_stderr,flexible-extract":0.0129}},"group_subtasks":{"arc_easy":[]},"configs":{"arc_easy":{"task":"arc_easy","num_fewshot":0,"metric_list":[{"metric":"acc","aggregation":"mean","higher_is_better":True}]}},"versions":{"arc_easy":1.0},"n-shot":{"arc_easy":0,"gsm8k":5},"higher_is_better":{"arc_easy":{"acc":True}},"n-samples":{"arc_easy":{"original":2376,"effective":2376}},"config":{"model":"hf","model_args":"pretrained=gpt2","model_num_parameters":124439808,"batch_size":"8","batch_sizes":[],"device":"cuda:0","random_seed":0,"numpy_seed":1234,"bootstrap_iters":100000},"git_hash":"abc1234","date":1718000000.5,"max_length":1024,"total_evaluation_time_seconds":"123.456"})
# mlperf
w('mlperf_log_summary.txt','''================================================
MLPerf Results Summary
================================================
SUT name : PySUT
Scenario : Server
Mode     : PerformanceOnly
Completed samples per second    : 21.30
Completed tokens per second: 6200.55
Result is : VALID
  Performance constraints satisfied : Yes
  Min duration satisfied : Yes
  Min queries satisfied : Yes
  Early stopping satisfied: Yes
TTFT Early Stopping Result:
 * Run successful.

================================================
Additional Stats
================================================
Scheduled samples per second : 21.41
Min latency (ns)                : 1021345678
Max latency (ns)                : 21021345678
Mean latency (ns)               : 8021345678
50.00 percentile latency (ns)   : 7021345678
90.00 percentile latency (ns)   : 12021345678
99.00 percentile latency (ns)   : 18021345678
99.90 percentile latency (ns)   : 20021345678

Min First Token latency (ns)                : 40000000
Max First Token latency (ns)                : 900000000
Mean First Token latency (ns)               : 200000000
50.00 percentile first token latency (ns)   : 180000000
99.00 percentile first token latency (ns)   : 700000000

Mean Time to Output Token (ns)               : 30000000
99.00 percentile time to output token (ns)   : 50000000

================================================
Test Parameters Used
================================================
samples_per_query : 1
target_qps : 21.4
target_latency (ns): 0
max_async_queries : 0
min_duration (ms): 600000
qsl_rng_seed : 3066443479025735752
performance_issue_same_index : 0
''')
w('mlperf_offline.txt','''================================================
MLPerf Results Summary
================================================
SUT name : PySUT
Scenario : Offline
Mode     : PerformanceOnly
Samples per second: 8.99
Tokens per second: 2600.25
Result is : VALID
''')
# ollama --verbose
w('ollama.log','''>>> why is the sky blue?
The sky is blue because of Rayleigh scattering.

total duration:       1.869237084s
load duration:        52.339083ms
prompt eval count:    15 token(s)
prompt eval duration: 211.42ms
prompt eval rate:     70.95 tokens/s
eval count:           150 token(s)
eval duration:        1.604s
eval rate:            93.52 tokens/s
>>> again
Because.

total duration:       2m1.5s
load duration:        12.339083ms
prompt eval count:    26 token(s)
prompt eval duration: 101.42ms
prompt eval rate:     256.36 tokens/s
eval count:           160 token(s)
eval duration:        1.704s
eval rate:            93.90 tokens/s
''')
# llama-batched-bench
BATCHED = '''main: n_kv_max = 2048, n_batch = 2048, n_ubatch = 512, flash_attn = 0, is_pp_shared = 0, n_gpu_layers = 99, n_threads = 8, n_threads_batch = 8

|    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |
|-------|--------|------|--------|----------|----------|----------|----------|----------|----------|
|   128 |    128 |    1 |    256 |    0.108 |  1186.64 |    3.079 |    41.57 |    3.187 |    80.32 |
|   128 |    128 |    2 |    512 |    0.198 |  1295.19 |    5.029 |    50.90 |    5.227 |    97.95 |
'''
w('batched.md', BATCHED)
w('batched.log', BATCHED)
w('batched.jsonl', "\n".join(json.dumps({"n_kv_max":2048,"n_batch":2048,"n_ubatch":512,"flash_attn":0,"is_pp_shared":0,"n_gpu_layers":99,"n_threads":8,"n_threads_batch":8,"pp":128,"tg":128,"pl":b,"n_kv":256*b,"t_pp":0.108*b,"speed_pp":1186.6,"t_tg":3.079,"speed_tg":41.57*b,"t":3.187,"speed":80.32*b}) for b in (1,2))+"\n")
w('perplexity.log','''perplexity: tokenizing the input ..
perplexity: tokenization took 641.8 ms
perplexity: calculating perplexity over 564 chunks, n_ctx=512, batch_size=2048, n_seq=4
perplexity: 1.31 seconds per pass - ETA 3.08 minutes
[1]4.1709,[2]5.4203,[3]5.9887,[4]6.2210,
Final estimate: PPL = 6.3870 +/- 0.03576

llama_perf_context_print:        load time =    1520.22 ms
llama_perf_context_print: prompt eval time =  168423.51 ms / 288768 tokens (    0.58 ms per token,  1714.54 tokens per second)
llama_perf_context_print:        eval time =       0.00 ms /     1 runs   (    0.00 ms per token,      inf tokens per second)
llama_perf_context_print:       total time =  172345.20 ms / 288769 tokens
''')
w('llama_server_timings.jsonl', "\n".join(json.dumps({"index":0,"content":"hi","tokens_predicted":100,"tokens_evaluated":20,"model":"m.gguf","stop":True,"truncated":False,"timings":{"prompt_n":20,"prompt_ms":50.5,"prompt_per_token_ms":2.525,"prompt_per_second":396.0,"predicted_n":100,"predicted_ms":1000.5,"predicted_per_token_ms":10.005,"predicted_per_second":99.95}}) for _ in range(2))+"\n")
# k6
w('k6_summary_export.json', {"root_group":{"name":"","path":"","id":"d41d8","groups":{},"checks":{"status is 200":{"name":"status is 200","passes":100,"fails":0}}},"metrics":{"http_req_duration":{"avg":12.5,"min":3.1,"med":11.0,"max":80.2,"p(90)":20.1,"p(95)":25.5,"thresholds":{"p(95)<500":False}},"http_req_failed":{"passes":0,"fails":100,"value":0},"http_reqs":{"count":100,"rate":19.8},"data_received":{"count":10000,"rate":1980.2},"data_sent":{"count":5000,"rate":990.1},"iteration_duration":{"avg":1012.5,"min":1003.0,"med":1011.0,"max":1080.2,"p(90)":1020.0,"p(95)":1025.5},"iterations":{"count":100,"rate":19.8},"vus":{"value":20,"min":20,"max":20},"vus_max":{"value":20,"min":20,"max":20},"checks":{"passes":100,"fails":0,"value":1}}})
w('wrk.txt','''Running 30s test @ http://127.0.0.1:8080/index.html
  12 threads and 400 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   635.91us    0.89ms  12.92ms   93.69%
    Req/Sec    56.20k     8.07k   62.00k    86.54%
  Latency Distribution
     50%  250.00us
     75%  491.00us
     90%  700.00us
     99%    5.80ms
  22464657 requests in 30.00s, 17.76GB read
Requests/sec: 748868.53
Transfer/sec:    606.33MB
''')
w('wrk2.txt','''Running 30s test @ http://127.0.0.1:80/index.html
  2 threads and 100 connections
  Thread calibration: mean lat.: 9747 usec, rate sampling interval: 21 msec
  Thread calibration: mean lat.: 9631 usec, rate sampling interval: 21 msec
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     6.46ms    1.93ms  12.34ms   67.66%
    Req/Sec     1.05k     1.12k    2.50k    64.84%
  Latency Distribution (HdrHistogram - Recorded Latency)
 50.000%    6.39ms
 75.000%    7.80ms
 90.000%    9.03ms
 99.000%   11.02ms
 99.900%   11.99ms
 99.990%   12.29ms
 99.999%   12.34ms
100.000%   12.34ms

  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/(1-Percentile)

       0.921     0.000000            1         1.00
       6.391     0.500000        19909         2.00
      12.343     1.000000        39500          inf
#[Mean    =        6.460, StdDeviation   =        1.930]
#[Max     =       12.336, Total count    =        39500]
#[Buckets =           27, SubBuckets     =         2048]
----------------------------------------------------------
  60018 requests in 30.00s, 19.81MB read
Requests/sec:   2000.28
Transfer/sec:    676.18KB
''')
w('oha.json', {"summary":{"successRate":1.0,"total":10.002,"slowest":0.0521,"fastest":0.0003,"average":0.0031,"requestsPerSec":3204.5,"totalData":1200000,"sizePerRequest":37,"sizePerSec":118000.5},"responseTimeHistogram":{"0.0003":1,"0.0055":29000},"latencyPercentiles":{"p10":0.001,"p25":0.002,"p50":0.003,"p75":0.004,"p90":0.005,"p95":0.006,"p99":0.012,"p99.9":0.03,"p99.99":0.05},"rps":{"mean":3210.1,"stddev":100.2,"max":3400.1,"min":2900.3,"percentiles":{"p10":3000.0,"p50":3205.0,"p99":3390.0}},"details":{"DNSDialup":{"average":0.0005,"fastest":0.0004,"slowest":0.0009},"DNSLookup":{"average":0.00001,"fastest":0.000005,"slowest":0.0001}},"statusCodeDistribution":{"200":32050},"errorDistribution":{}})
w('vegeta.json', {"latencies":{"total":237119463,"mean":2371194,"50th":2854306,"90th":3228223,"95th":3478629,"99th":3530000,"max":3660505,"min":1949582},"buckets":{"0":10},"bytes_in":{"total":606700,"mean":6067},"bytes_out":{"total":0,"mean":0},"earliest":"2015-09-19T14:45:50.645818631+02:00","latest":"2015-09-19T14:45:51.635818575+02:00","end":"2015-09-19T14:45:51.639325797+02:00","duration":989999944,"wait":3507222,"requests":100,"rate":101.01010672380401,"throughput":100.65,"success":1,"status_codes":{"200":100},"errors":[]})
w('locust_stats.csv','Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\nGET,/api,1000,2,24,26.5,10.1,210.2,512.0,50.1,0.1,24,27,30,32,40,55,80,100,200,210,210\n,Aggregated,1000,2,24,26.5,10.1,210.2,512.0,50.1,0.1,24,27,30,32,40,55,80,100,200,210,210\n')
w('gatling_global.json', {"name":"All Requests","numberOfRequests":{"total":100,"ok":98,"ko":2},"minResponseTime":{"total":10,"ok":10,"ko":60001},"maxResponseTime":{"total":60010,"ok":900,"ko":60010},"meanResponseTime":{"total":1250,"ok":120,"ko":60005},"standardDeviation":{"total":8000,"ok":90,"ko":5},"percentiles1":{"total":100,"ok":100,"ko":60005},"percentiles2":{"total":150,"ok":150,"ko":60008},"percentiles3":{"total":400,"ok":380,"ko":60010},"percentiles4":{"total":60005,"ok":800,"ko":60010},"meanNumberOfRequestsPerSecond":{"total":10.5,"ok":10.29,"ko":0.21}})
def fj(name,iops):
    lat={"min":1000,"max":90000,"mean":5000.5,"stddev":1200.1,"N":1000}
    clat=dict(lat,percentile={"1.000000":2000,"50.000000":4800,"99.000000":12000,"99.990000":60000})
    z={"min":0,"max":0,"mean":0.0,"stddev":0.0,"N":0}
    return {"jobname":name,"groupid":0,"error":0,"eta":0,"elapsed":31,"job options":{"name":name,"rw":"randread","bs":"4k","iodepth":"32","numjobs":"1"},"read":{"io_bytes":4096000,"io_kbytes":4000,"bw_bytes":409600000,"bw":400000,"iops":iops,"runtime":30001,"total_ios":1000,"short_ios":0,"drop_ios":0,"slat_ns":lat,"clat_ns":clat,"lat_ns":lat,"bw_min":390000,"bw_max":410000,"bw_agg":100.0,"bw_mean":400010.2,"bw_dev":1000.1,"bw_samples":60,"iops_min":90000,"iops_max":110000,"iops_mean":100010.2,"iops_stddev":300.1,"iops_samples":60},"write":{"io_bytes":0,"io_kbytes":0,"bw_bytes":0,"bw":0,"iops":0.0,"runtime":0,"total_ios":0,"slat_ns":z,"clat_ns":z,"lat_ns":z,"bw_min":0,"bw_max":0,"bw_agg":0.0,"bw_mean":0.0,"bw_dev":0.0,"bw_samples":0,"iops_min":0,"iops_max":0,"iops_mean":0.0,"iops_stddev":0.0,"iops_samples":0},"trim":{"io_bytes":0,"bw_bytes":0,"iops":0.0},"sync":{"total_ios":0,"lat_ns":z},"job_runtime":30000,"usr_cpu":4.5,"sys_cpu":12.3,"ctx":1000,"majf":0,"minf":12,"iodepth_level":{"1":0.1,"32":99.9},"latency_us":{"2":0.01,"4":30.0},"latency_depth":32}
w('fio.json', {"fio version":"fio-3.35","timestamp":1718000000,"timestamp_ms":1718000000123,"time":"Mon Jun 10 06:13:20 2024","global options":{"ioengine":"libaio","runtime":"30"},"jobs":[fj("randread",100000.5),fj("again",90000.5)],"disk_util":[{"name":"nvme0n1","read_ios":1000,"write_ios":3,"util":99.1}]})
iv=lambda i,b:{"streams":[{"socket":5,"start":i,"end":i+1,"seconds":1.0,"bytes":int(b/8),"bits_per_second":b,"retransmits":0,"snd_cwnd":1000,"rtt":120,"rttvar":20,"pmtu":1500,"omitted":False,"sender":True}],"sum":{"start":i,"end":i+1,"seconds":1.0,"bytes":int(b/8),"bits_per_second":b,"retransmits":0,"omitted":False,"sender":True}}
w('iperf3.json', {"start":{"connected":[{"socket":5,"local_host":"10.0.0.1","local_port":41000,"remote_host":"10.0.0.2","remote_port":5201}],"version":"iperf 3.9","system_info":"Linux","timestamp":{"time":"Mon","timesecs":1718000000},"connecting_to":{"host":"10.0.0.2","port":5201},"cookie":"abc","tcp_mss_default":1448,"sock_bufsize":0,"test_start":{"protocol":"TCP","num_streams":1,"blksize":131072,"omit":0,"duration":3,"bytes":0,"blocks":0,"reverse":0}},"intervals":[iv(0,9.4e9),iv(1,9.3e9),iv(2,9.5e9)],"end":{"streams":[{"sender":{"socket":5,"start":0,"end":3,"seconds":3,"bytes":3525000000,"bits_per_second":9.4e9,"retransmits":0,"max_snd_cwnd":1000,"max_rtt":150,"min_rtt":100,"mean_rtt":120,"sender":True},"receiver":{"socket":5,"start":0,"end":3,"seconds":3,"bytes":3520000000,"bits_per_second":9.38e9,"sender":True}}],"sum_sent":{"start":0,"end":3,"seconds":3,"bytes":3525000000,"bits_per_second":9.4e9,"retransmits":0,"sender":True},"sum_received":{"start":0,"end":3,"seconds":3,"bytes":3520000000,"bits_per_second":9.38e9,"sender":True},"cpu_utilization_percent":{"host_total":12.1,"host_user":1.1,"host_system":11.0,"remote_total":30.2,"remote_user":2.2,"remote_system":28.0},"sender_tcp_congestion":"cubic"}})
w('sysbench.txt','''sysbench 1.0.20 (using bundled LuaJIT 2.1.0-beta2)

Running the test with following options:
Number of threads: 4
Initializing random number generator from current time

Prime numbers limit: 20000

Initializing worker threads...

Threads started!

CPU speed:
    events per second:  1480.12

General statistics:
    total time:                          10.0012s
    total number of events:              14805

Latency (ms):
         min:                                    2.66
         avg:                                    2.70
         max:                                    6.20
         95th percentile:                        2.76
         sum:                                39990.21

Threads fairness:
    events (avg/stddev):           3701.2500/3.56
    execution time (avg/stddev):   9.9976/0.00
''')
w('perf_stat.csv','# started on Mon Jun 10 06:13:20 2024\n\n1001.23,msec,task-clock,1001234567,100.00,0.998,CPUs utilized\n12,,context-switches,1001234567,100.00,11.985,/sec\n3500123456,,cycles,1001234567,100.00,3.496,GHz\n7000123456,,instructions,1001234567,100.00,2.00,insn per cycle\n1200345,,branch-misses,1001234567,100.00,0.12,of all branches\n<not supported>,,L1-dcache-loads,0,100.00,,\n')
w('perf_stat_I.csv','     1.000123456,1001.23,msec,task-clock,1001234567,100.00,0.998,CPUs utilized\n     1.000123456,3500123456,,cycles,1001234567,100.00,3.496,GHz\n     2.000223456,1000.9,msec,task-clock,1000934567,100.00,0.997,CPUs utilized\n     2.000223456,3490123456,,cycles,1001234567,100.00,3.487,GHz\n')
w('perf_stat.txt',''' Performance counter stats for './a.out':

          1,001.23 msec task-clock                       #    0.998 CPUs utilized
                12      context-switches                 #   11.985 /sec
     3,500,123,456      cycles                           #    3.496 GHz
     7,000,123,456      instructions                     #    2.00  insn per cycle
         1,200,345      branch-misses                    #    0.12% of all branches

       1.003245678 seconds time elapsed

       0.980000000 seconds user
       0.020000000 seconds sys

''')
w('perf_stat.json','{"counter-value" : "1001.234567", "unit" : "msec", "event" : "task-clock", "event-runtime" : 1001234567, "pcnt-running" : 100.00, "metric-value" : "0.998", "metric-unit" : "CPUs utilized"}\n{"counter-value" : "3500123456.000000", "unit" : "", "event" : "cycles", "event-runtime" : 1001234567, "pcnt-running" : 100.00, "metric-value" : "3.496", "metric-unit" : "GHz"}\n')
w('gnu_time.txt','''	Command being timed: "./llama-cli -m m.gguf"
	User time (seconds): 12.34
	System time (seconds): 1.20
	Percent of CPU this job got: 398%
	Elapsed (wall clock) time (h:mm:ss or m:ss): 0:03.40
	Average shared text size (kbytes): 0
	Average total size (kbytes): 0
	Maximum resident set size (kbytes): 4123456
	Average resident set size (kbytes): 0
	Major (requiring I/O) page faults: 0
	Minor (reclaiming a frame) page faults: 123456
	Voluntary context switches: 120
	Page size (bytes): 4096
	Exit status: 0
''')
w('redis_bench.csv','"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"\n"SET","181818.17","0.146","0.040","0.143","0.215","0.311","1.007"\n"GET","185185.19","0.141","0.040","0.135","0.199","0.287","0.823"\n')
w('redis_bench.txt','''====== SET ======
  100000 requests completed in 0.55 seconds
  50 parallel clients
  3 bytes payload
  keep alive: 1
  multi-thread: no

Summary:
  throughput summary: 181818.17 requests per second
  latency summary (msec):
          avg       min       p50       p95       p99       max
        0.146     0.040     0.143     0.215     0.311     1.007
====== GET ======
  100000 requests completed in 0.54 seconds
  50 parallel clients
  3 bytes payload
  keep alive: 1
  multi-thread: no

Summary:
  throughput summary: 185185.19 requests per second
  latency summary (msec):
          avg       min       p50       p95       p99       max
        0.141     0.040     0.135     0.199     0.287     0.823
''')
w('pgbench.txt','''pgbench (16.2)
starting vacuum...end.
progress: 5.0 s, 1210.1 tps, lat 8.201 ms stddev 2.101, 0 failed
progress: 10.0 s, 1230.3 tps, lat 8.102 ms stddev 2.001, 0 failed
transaction type: <builtin: TPC-B (sort of)>
scaling factor: 50
query mode: simple
number of clients: 10
number of threads: 2
maximum number of tries: 1
duration: 60 s
number of transactions actually processed: 73205
number of failed transactions: 0 (0.000%)
latency average = 8.190 ms
latency stddev = 2.050 ms
initial connection time = 12.345 ms
tps = 1220.345678 (without initial connection time)
''')
w('ycsb.txt','''[OVERALL], RunTime(ms), 10110
[OVERALL], Throughput(ops/sec), 98.91196834817013
[TOTAL_GCS_PS_Scavenge], Count, 1
[TOTAL_GC_TIME_%_PS_Scavenge], Time(%), 0.0593471810089021
[READ], Operations, 520
[READ], AverageLatency(us), 1203.5
[READ], MinLatency(us), 301
[READ], MaxLatency(us), 45055
[READ], 95thPercentileLatency(us), 2500
[READ], 99thPercentileLatency(us), 6000
[READ], Return=OK, 520
[UPDATE], Operations, 480
[UPDATE], AverageLatency(us), 1503.5
[UPDATE], MinLatency(us), 401
[UPDATE], MaxLatency(us), 55055
[UPDATE], 95thPercentileLatency(us), 3500
[UPDATE], Return=OK, 480
''')
# GPU
w('nvsmi.csv','timestamp, name, pci.bus_id, driver_version, pstate, temperature.gpu, utilization.gpu [%], utilization.memory [%], memory.total [MiB], memory.free [MiB], memory.used [MiB], power.draw [W], clocks.current.sm [MHz]\n2024/06/10 06:13:20.123, NVIDIA H100, 00000000:01:00.0, 550.54, P0, 45, 98 %, 40 %, 81559 MiB, 1000 MiB, 80000 MiB, 350.12 W, 1980 MHz\n2024/06/10 06:13:21.123, NVIDIA H100, 00000000:01:00.0, 550.54, P0, 46, 97 %, 41 %, 81559 MiB, 1000 MiB, 80001 MiB, [N/A], 1980 MHz\n')
w('dmon.txt','''# gpu    pwr  gtemp  mtemp     sm    mem    enc    dec    jpg    ofa   mclk   pclk 
# Idx      W      C      C      %      %      %      %      %      %    MHz    MHz 
    0    150     45     50     98     40      0      0      0      0   2619   1980 
    0    155     46     51     97     41      0      0      0      0   2619   1980 
''')
w('pmon.txt','''# gpu         pid   type     sm    mem    enc    dec    jpg    ofa    command 
# Idx           #    C/G      %      %      %      %      %      %    name 
    0     123456     C     90     40      -      -      -      -    python3        
    0     123457     C      5      2      -      -      -      -    ollama_llama_s 
    1          -     -      -      -      -      -      -      -    -              
''')
w('pmon_fb.log','''#Date       Time        gpu         pid   type     fb   ccpm    command 
#YYYYMMDD   HH:MM:SS    Idx           #    C/G     MB     MB    name 
 20240610   06:13:20      0     123456     C   8100      0    python3        
 20240610   06:13:21      0     123456     C   8200      0    python3        
''')
w('rocm_smi.csv','device,GPU use (%),GPU Memory Use (%),Temperature (Sensor edge) (C),Average Graphics Package Power (W),VRAM Total Memory (B),VRAM Total Used Memory (B),sclk clock speed:,Unique ID\ncard0,98,40,55.0,210.0,68702699520,34351349760,(1700Mhz),0x1234\ncard1,97,41,56.0,212.0,68702699520,34351349761,(1710Mhz),0x1235\n')
w('rocm_smi.json', {"card0":{"Temperature (Sensor edge) (C)":"55.0","Average Graphics Package Power (W)":"210.0","GPU use (%)":"98","VRAM Total Memory (B)":"68702699520","VRAM Total Used Memory (B)":"34351349760","Unique ID":"0x1234"},"card1":{"Temperature (Sensor edge) (C)":"56.0","Average Graphics Package Power (W)":"212.0","GPU use (%)":"97","VRAM Total Memory (B)":"68702699520","VRAM Total Used Memory (B)":"34351349761","Unique ID":"0x1235"}})
w('dcgm.prom.txt','''# HELP DCGM_FI_DEV_SM_CLOCK SM clock frequency (in MHz).
# TYPE DCGM_FI_DEV_SM_CLOCK gauge
DCGM_FI_DEV_SM_CLOCK{gpu="0",UUID="GPU-604ac76c",device="nvidia0",modelName="NVIDIA H100",Hostname="h"} 1980
# HELP DCGM_FI_DEV_GPU_TEMP GPU temperature (in C).
# TYPE DCGM_FI_DEV_GPU_TEMP gauge
DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="GPU-604ac76c",device="nvidia0",modelName="NVIDIA H100",Hostname="h"} 45
# HELP DCGM_FI_DEV_POWER_USAGE Power draw (in W).
# TYPE DCGM_FI_DEV_POWER_USAGE gauge
DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-604ac76c",device="nvidia0",modelName="NVIDIA H100",Hostname="h"} 350.123
DCGM_FI_DEV_POWER_USAGE{gpu="1",UUID="GPU-704ac76c",device="nvidia1",modelName="NVIDIA H100",Hostname="h"} 340.5
# HELP DCGM_FI_DEV_FB_USED Framebuffer memory used (in MiB).
# TYPE DCGM_FI_DEV_FB_USED gauge
DCGM_FI_DEV_FB_USED{gpu="0",UUID="GPU-604ac76c",device="nvidia0",modelName="NVIDIA H100",Hostname="h"} 40000
''')
w('vllm_metrics.txt','''# HELP vllm:num_requests_running Number of requests currently running on GPU.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{model_name="m"} 3.0
# HELP vllm:gpu_cache_usage_perc GPU KV-cache usage. 1 means 100 percent usage.
# TYPE vllm:gpu_cache_usage_perc gauge
vllm:gpu_cache_usage_perc{model_name="m"} 0.25
# HELP vllm:time_to_first_token_seconds Histogram of time to first token in seconds.
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{le="0.1",model_name="m"} 50.0
vllm:time_to_first_token_seconds_bucket{le="+Inf",model_name="m"} 100.0
vllm:time_to_first_token_seconds_count{model_name="m"} 100.0
vllm:time_to_first_token_seconds_sum{model_name="m"} 12.5
# TYPE vllm:avg_generation_throughput_toks_per_s gauge
vllm:avg_generation_throughput_toks_per_s{model_name="m"} 120.5
''')
# trackers
w('wandb_export.csv','"Step","run-a - train/loss","run-a - train/loss__MIN","run-a - train/loss__MAX","run-b - train/loss"\n"0","2.5","2.5","2.5","2.6"\n"1","2.1","2.1","2.1","2.3"\n')
w('mlflow_runs.csv','Start Time,Duration,Run ID,Name,Source Type,User,Status,batch_size,lr,tokens_per_second,val_loss\n2024-06-10 06:13:20,12.3s,abc123,run1,LOCAL,me,FINISHED,8,0.001,1200.5,2.3\n2024-06-10 06:14:20,12.9s,abc124,run2,LOCAL,me,FAILED,16,0.001,1.0,9.9\n')
w('mlflow_search.csv','run_id,experiment_id,status,artifact_uri,start_time,end_time,metrics.loss,metrics.tokens_per_second,params.batch_size,params.lr,tags.mlflow.user\nabc,0,FINISHED,file:///x,2024-06-10 06:13:20+00:00,2024-06-10 06:14:20+00:00,2.3,1200.5,8,0.001,me\nabd,0,FINISHED,file:///x,2024-06-10 06:13:20+00:00,2024-06-10 06:14:20+00:00,2.2,1100.5,16,0.001,me\n')
w('mlflow_metrics.json', [{"key":"loss","value":2.5,"timestamp":1718000000000,"step":0},{"key":"tokens_per_second","value":1200.5,"timestamp":1718000000000,"step":0},{"key":"loss","value":2.4,"timestamp":1718000001000,"step":1}])
w('trainer_state.json', {"best_metric":None,"epoch":1.0,"global_step":20,"is_hyper_param_search":False,"log_history":[{"epoch":0.5,"grad_norm":1.2,"learning_rate":1e-4,"loss":2.5,"step":10},{"epoch":1.0,"grad_norm":1.1,"learning_rate":5e-5,"loss":2.3,"step":20},{"epoch":1.0,"eval_loss":2.2,"eval_runtime":1.5,"eval_samples_per_second":66.1,"eval_steps_per_second":8.3,"step":20},{"epoch":1.0,"step":20,"total_flos":1.2e12,"train_loss":2.4,"train_runtime":30.5,"train_samples_per_second":33.1,"train_steps_per_second":4.1}],"logging_steps":10,"max_steps":20,"num_train_epochs":1,"save_steps":500,"total_flos":1.2e12,"train_batch_size":8})
w('all_results.json', {"epoch":1.0,"eval_loss":2.2,"eval_runtime":1.5,"eval_samples_per_second":66.1,"perplexity":9.02,"train_runtime":30.5,"train_samples":1000,"train_samples_per_second":33.1})
# micro
w('hyperfine_params.json', {"results":[{"command":"sleep 0.1","mean":0.1,"stddev":0.001,"median":0.1,"user":0.0005,"system":0.0006,"min":0.099,"max":0.102,"memory_usage_byte":[1000000,1100000],"times":[0.099,0.102],"exit_codes":[0,0],"parameters":{"threads":"4"}}]})
w('nanobench.md','''|               ns/op |                op/s |    err% |     total | benchmark
|--------------------:|--------------------:|--------:|----------:|:----------
|                7.19 |      139,124,124.12 |    0.1% |      0.01 | `x += 1`
|               12.50 |       80,000,000.00 |    0.2% |      0.01 | `y += 1`
''')
w('nanobench.json', {"results":[{"title":"benchmark","name":"x+=1","unit":"op","batch":1,"complexityN":-1,"epochs":11,"clockResolution":1.8e-8,"clockResolutionMultiple":1000,"maxEpochTime":0.1,"minEpochTime":0,"minEpochIterations":1,"epochIterations":0,"warmup":0,"relative":0,"median(elapsed)":7.19e-09,"medianAbsolutePercentError(elapsed)":0.001,"median(instructions)":3.0,"totalTime":0.01,"measurements":[{"iterations":100,"elapsed":7.1e-09},{"iterations":110,"elapsed":7.2e-09}]}]})
w('divan.txt','''Timer precision: 20 ns
sort           fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ drain_sort  27.89 µs      │ 101.2 µs      │ 28.91 µs      │ 31.05 µs      │ 100     │ 100
╰─ sort        5.22 µs       │ 12.05 µs      │ 5.301 µs      │ 5.603 µs      │ 100     │ 1000
''')
w('tinybench.csv','Task Name,Latency avg (ns),Latency med (ns),Throughput avg (ops/s),Throughput med (ops/s),Samples\nfaster task,63768 ± 4.02%,58954 ± 15255.09,18562 ± 1.67%,16962 ± 4849,15683\nslower task,1542543 ± 7.14%,1652502 ± 167851.11,808 ± 19.65%,605 ± 67,649\n')
w('bencher.json', {"bench_a":{"latency":{"value":88.0,"lower_value":87.42,"upper_value":88.88},"throughput":{"value":5.55,"lower_value":3.14,"upper_value":6.30}}})
w('ghz.json', {"date":"2018-07-14T22:41:04-04:00","options":{"call":"helloworld.Greeter.SayHello","total":200,"concurrency":50,"timeout":20000000000},"count":200,"total":181573334,"average":40000000,"fastest":20000000,"slowest":70000000,"rps":1101.48,"statusCodeDistribution":{"OK":200},"errorDistribution":{},"latencyDistribution":[{"percentage":10,"latency":25000000},{"percentage":50,"latency":39000000},{"percentage":99,"latency":69000000}],"histogram":[{"mark":0.02,"count":1,"frequency":0.005}],"details":[{"timestamp":"2018-07-14T22:41:04.1-04:00","latency":21000000,"error":"","status":"OK"},{"timestamp":"2018-07-14T22:41:04.2-04:00","latency":22000000,"error":"","status":"OK"}]})
w('guidellm.json', {"benchmarks":[{"type_":"generative_benchmark","id_":"abc","run_id":"r","args":{"profile":{"type_":"sweep"},"strategy":{"type_":"constant","rate":2.0}},"metrics":{"requests_per_second":{"successful":{"mean":1.9,"median":1.9,"mode":1.9,"variance":0.1,"std_dev":0.3,"min":0.5,"max":2.5,"count":30,"total_sum":57.0,"percentiles":{"p001":0.5,"p50":1.9,"p95":2.2,"p99":2.4}},"errored":{"mean":0.0,"median":0.0,"mode":0.0,"variance":0,"std_dev":0,"min":0,"max":0,"count":0,"total_sum":0,"percentiles":{"p50":0}}},"time_to_first_token_ms":{"successful":{"mean":50.5,"median":48.0,"mode":48,"variance":4.0,"std_dev":2.0,"min":40.0,"max":70.0,"count":30,"total_sum":1515.0,"percentiles":{"p50":48.0,"p95":60.0,"p99":69.0}}},"output_tokens_per_second":{"successful":{"mean":250.5,"median":249.0,"std_dev":10.0,"min":200.0,"max":280.0,"count":30,"total_sum":7515.0,"percentiles":{"p50":249.0,"p95":270.0}}},"prompt_token_count":{"successful":{"mean":128.0,"median":128.0,"std_dev":0,"min":128,"max":128,"count":30,"total_sum":3840,"percentiles":{"p50":128}}}}}]})
w('genai_perf_llmperf.json', {"version":"2023-08-31","name":"m_550_150_summary","model":"m","mean_input_tokens":550,"stddev_input_tokens":150,"mean_output_tokens":150,"stddev_output_tokens":10,"num_concurrent_requests":2,"results_inter_token_latency_s_quantiles_p25":0.01,"results_inter_token_latency_s_quantiles_p50":0.011,"results_inter_token_latency_s_quantiles_p99":0.02,"results_inter_token_latency_s_mean":0.012,"results_inter_token_latency_s_min":0.009,"results_inter_token_latency_s_max":0.021,"results_inter_token_latency_s_stddev":0.002,"results_ttft_s_quantiles_p50":0.2,"results_ttft_s_mean":0.21,"results_ttft_s_stddev":0.01,"results_end_to_end_latency_s_mean":1.9,"results_request_output_throughput_token_per_s_mean":80.5,"results_number_input_tokens_mean":"550.1","results_number_output_tokens_mean":150.2,"results_num_requests_started":10,"results_error_rate":0.0,"results_number_errors":0,"results_mean_output_throughput_token_per_s":150.2,"results_num_completed_requests":10,"results_num_completed_requests_per_min":62.5,"timestamp":1718000000})
w('rally.csv','Metric,Task,Value,Unit\nMean Throughput,search,200.5,ops/s\n50th percentile latency,search,4.5,ms\n100th percentile service time,search,9.5,ms\nerror rate,search,0.0,%\n')
w('nccl.txt','''# nThread 1 nGpus 8 minBytes 8 maxBytes 134217728 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0
#
#                                                              out-of-place                       in-place          
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
#        (B)    (elements)                               (us)  (GB/s)  (GB/s)            (us)  (GB/s)  (GB/s)       
           8             2     float     sum      -1    30.12    0.00    0.00      0    29.80    0.00    0.00      0
   134217728      33554432     float     sum      -1    820.1  163.66  286.40      0    818.2  164.04  287.07      0
# Out of bounds values : 0 OK
# Avg bus bandwidth    : 143.367 
''')
w('stream.txt','''-------------------------------------------------------------
STREAM version $Revision: 5.10 $
-------------------------------------------------------------
This system uses 8 bytes per array element.
Array size = 10000000 (elements), Offset = 0 (elements)
Function    Best Rate MB/s  Avg time     Min time     Max time
Copy:           45012.3     0.003601     0.003555     0.003700
Scale:          30012.1     0.005401     0.005331     0.005600
Add:            34012.5     0.007101     0.007056     0.007200
Triad:          34112.5     0.007101     0.007035     0.007300
-------------------------------------------------------------
''')
w('quoted.json', {"runs":[{"model":"a","tokens_per_second":"41.5","ttft_ms":"120","num_ctx":"4096","note":"x","latency":"1.2s","power":"35 W"},{"model":"a","tokens_per_second":"42.5","ttft_ms":"121","num_ctx":"4096","note":"y","latency":"1.3s","power":"36 W"}]})
w('jmh.csv','"Benchmark","Mode","Threads","Samples","Score","Score Error (99.9%)","Unit","Param: n"\n"org.A.f","avgt",1,5,2500.5,10.1,"ns/op",10\n"org.A.f","thrpt",1,5,12.5,0.1,"ops/us",10\n')
w('artillery.json', {"aggregate":{"counters":{"http.requests":100,"http.codes.200":100,"vusers.created":10},"rates":{"http.request_rate":10},"summaries":{"http.response_time":{"min":10,"max":100,"count":100,"mean":30.2,"p50":28.0,"median":28.0,"p75":35.2,"p90":50.1,"p95":60.2,"p99":90.1,"p999":99.1}},"firstCounterAt":1718000000000}})
w('helm_stats.json', [{"name":{"name":"exact_match","split":"test"},"count":1,"sum":0.5,"sum_squared":0.25,"min":0.5,"max":0.5,"mean":0.5,"variance":0.0,"stddev":0.0},{"name":{"name":"inference_runtime","split":"test"},"count":1,"sum":1.5,"sum_squared":2.25,"min":1.5,"max":1.5,"mean":1.5,"variance":0.0,"stddev":0.0}])
w('openai_usage.jsonl', "\n".join(json.dumps({"id":"chatcmpl-1","object":"chat.completion","created":1718000000+i,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":10+i,"total_tokens":30+i},"latency_s":1.2+i}) for i in range(2))+"\n")
w('mlx.log','''==========
Prompt: 15 tokens, 120.345 tokens-per-sec
Generation: 100 tokens, 55.123 tokens-per-sec
Peak memory: 4.567 GB
''')
w('vllm_engine.log','''INFO 06-10 06:13:20 metrics.py:341] Avg prompt throughput: 120.5 tokens/s, Avg generation throughput: 45.2 tokens/s, Running: 3 reqs, Swapped: 0 reqs, Pending: 0 reqs, GPU KV cache usage: 12.5%, CPU KV cache usage: 0.0%.
INFO 06-10 06:13:25 metrics.py:341] Avg prompt throughput: 130.5 tokens/s, Avg generation throughput: 46.2 tokens/s, Running: 3 reqs, Swapped: 0 reqs, Pending: 0 reqs, GPU KV cache usage: 13.5%, CPU KV cache usage: 0.0%.
''')
w('jtl.csv','timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n1718000000000,120,Home,200,OK,T 1-1,text,true,,1200,130,1,1,http://x,118,0,30\n1718000000500,140,Home,200,OK,T 1-1,text,true,,1200,130,1,1,http://x,138,0,0\n1718000000900,5000,Home,500,Server Error,T 1-1,text,false,Test failed,300,130,1,1,http://x,4998,0,0\n')
w('jmeter_statistics.json', {"Home":{"transaction":"Home","sampleCount":100,"errorCount":1,"errorPct":1.0,"meanResTime":120.5,"medianResTime":110.0,"minResTime":80.0,"maxResTime":900.0,"pct1ResTime":150.0,"pct2ResTime":200.0,"pct3ResTime":800.0,"throughput":10.5,"receivedKBytesPerSec":12.5,"sentKBytesPerSec":1.5},"Total":{"transaction":"Total","sampleCount":100,"errorCount":1,"errorPct":1.0,"meanResTime":120.5,"medianResTime":110.0,"minResTime":80.0,"maxResTime":900.0,"pct1ResTime":150.0,"pct2ResTime":200.0,"pct3ResTime":800.0,"throughput":10.5,"receivedKBytesPerSec":12.5,"sentKBytesPerSec":1.5}})
w('ab.csv','Percentage served,Time in ms\n0,10.123\n50,25.5\n99,80.2\n100,90.1\n')
w('hey.csv','response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n0.0123,0.0010,0.0005,0.0001,0.0110,0.0002,200,0.0001\n0.0133,0.0000,0.0000,0.0001,0.0130,0.0002,200,0.0101\n')
w('gbench.csv','name,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,label,error_occurred,error_message\n"BM_a/8",1000,52.5,52.25,us,1048576,,,,\n')
w('powermetrics.txt','''*** Sampled system activity (Mon Jun 10 06:13:20 2024 +0200) (1001.23ms elapsed) ***
CPU Power: 5123 mW
GPU Power: 12123 mW
ANE Power: 0 mW
Combined Power (CPU + GPU + ANE): 17246 mW
GPU HW active frequency: 1398 MHz
GPU HW active residency:  97.85%
''')
w('codecarbon.csv','timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,gpu_energy,ram_energy,energy_consumed,country_name,os,python_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,on_cloud,pue\n2024-06-10T06:13:20,p,abc,def,120.5,0.0012,1e-05,42.5,210.1,11.7,0.0014,0.007,0.0004,0.0088,France,Linux,3.10,8,Intel,1,H100,2.35,48.85,31.2,machine,N,1.0\n')
w('run-a-tag-train_loss.csv','Wall time,Step,Value\n1718000000.5,0,2.5\n1718000001.5,1,2.4\n')
w('perf_analyzer.csv','Concurrency,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,Server Compute Infer,Server Compute Output,Client Recv,p50 latency,p90 latency,p95 latency,p99 latency,Avg latency\n1,120.5,10,200,5,20,7900,15,2,8100,8300,8500,9000,8200\n2,230.1,11,210,6,21,8000,15,2,8300,8500,8700,9200,8400\n')
w('nsys_gpukernsum.csv','Time (%),Total Time (ns),Instances,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),Name\n55.1,1200000,100,12000.0,11900.0,11000,15000,500.5,gemm_kernel\n44.9,980000,50,19600.0,19500.0,19000,21000,300.5,softmax\n')
w('lmdeploy.csv','concurrency,completed,request_throughput(req/s),input_throughput(tok/s),output_throughput(tok/s),ttft_mean(s),ttft_50%(s),ttft_99%(s),tpot_mean(s),e2e_mean(s)\n8,100,3.5,1200.5,890.1,0.05,0.04,0.09,0.012,2.2\n16,100,5.5,1900.5,1390.1,0.08,0.07,0.19,0.015,2.9\n')
w('time_bash.txt','\nreal\t0m1.234s\nuser\t0m1.100s\nsys\t0m0.050s\n')
w('hyperfine.md','| Command | Mean [ms] | Min [ms] | Max [ms] | Relative |\n|:---|---:|---:|---:|---:|\n| `a` | 101.2 ± 1.5 | 99.1 | 105.0 | 1.00 |\n| `b` | 202.4 ± 2.5 | 198.1 | 209.0 | 2.00 ± 0.04 |\n')
w('tgi_benchmark.md','| Step | Batch Size | Average | Lowest | Highest | p50 | p90 | p99 |\n|---|---|---|---|---|---|---|---|\n| Prefill | 1 | 30.51 ms | 29.10 ms | 33.50 ms | 30.20 ms | 32.10 ms | 33.50 ms |\n| Decode (token) | 1 | 12.51 ms | 12.10 ms | 13.50 ms | 12.20 ms | 13.10 ms | 13.50 ms |\n')
w('whisper_bench.txt','whisper_print_timings:     load time =   101.51 ms\nwhisper_print_timings:   sample time =     0.00 ms /     1 runs   (    0.00 ms per run)\nwhisper_print_timings:   encode time =  1502.50 ms /     1 runs   ( 1502.50 ms per run)\nwhisper_print_timings:   decode time =   452.50 ms /   256 runs   (    1.77 ms per run)\nwhisper_print_timings:    total time =  2102.50 ms\n')
w('humaneval_results.json',{"pass@1":0.45,"pass@10":0.65,"model":"m"})
# ---- benchstat, Catch2
BENCHSTAT = '''goos: linux
goarch: amd64
pkg: golang.org/x/perf/cmd/benchstat/testdata
cpu: Intel(R) Xeon(R) W-2135 CPU @ 3.70GHz
                      │   old.txt   │               new.txt               │
                      │   sec/op    │   sec/op     vs base                │
Encode/format=json-48   1.718µ ± 1%   1.423µ ± 1%  -17.20% (p=0.000 n=10)
Encode/format=gob-48    3.066m ± 0%   3.070m ± 2%        ~ (p=0.446 n=10)
geomean                 72.58µ        66.10µ        -8.94%

                      │   old.txt    │               new.txt               │
                      │     B/op     │     B/op      vs base               │
Encode/format=json-48   1.209Ki ± 0%   1.209Ki ± 0%       ~ (p=1.000 n=10) ¹
geomean                 1.209Ki        1.209Ki       +0.00%
¹ all samples are equal

                      │   old.txt    │               new.txt                │
                      │     B/s      │     B/s       vs base                │
Encode/format=json-48   56.63Mi ± 1%   70.10Mi ± 1%  +23.79% (p=0.000 n=10)
'''
w('benchstat.txt', BENCHSTAT)
w('benchstat_one.txt', '''goos: linux
goarch: amd64
        │   new.txt   │
        │   sec/op    │
Fib20-8   24.18µ ± 2%
Fib25-8   269.0n ± 1%
geomean   2.550µ
''')
w('benchstat_old.txt', '''name        old time/op    new time/op    delta
GobEncode   13.6ms ± 1%    11.8ms ± 1%  -13.31%  (p=0.016 n=4+5)
JSONEncode  32.1ms ± 1%    31.8ms ± 1%     ~     (p=0.286 n=4+5)

name        old speed      new speed      delta
GobEncode   56.4MB/s ± 1%  65.1MB/s ± 1%  +15.36%  (p=0.016 n=4+5)

name        old alloc/op   new alloc/op   delta
GobEncode   1.20kB ± 0%    1.10kB ± 0%   -8.33%  (p=0.016 n=4+5)
''')
w('benchstat.csv', '''goos: linux
goarch: amd64
pkg: golang.org/x/perf/cmd/benchstat/testdata
,old.txt,,new.txt,,,
,sec/op,CI,sec/op,CI,vs base,P
Encode/format=json-48,1.718e-06,1%,1.423e-06,1%,-17.20%,p=0.000 n=10
Encode/format=gob-48,0.003066,0%,0.00307,2%,~,p=0.446 n=10
geomean,7.258e-05,,6.61e-05,,-8.94%,

,old.txt,,new.txt,,,
,B/op,CI,B/op,CI,vs base,P
Encode/format=json-48,1238,0%,1238,0%,~,p=1.000 n=10
geomean,1238,,1238,,+0.00%,
''')
CATCH2 = '''Randomness seeded to: 3422421

~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
bench is a Catch2 v3.5.2 host application.
Run with -? for options

-------------------------------------------------------------------------------
Fibonacci
-------------------------------------------------------------------------------
bench.cpp:10
...............................................................................

benchmark name                       samples       iterations    est run time
                                     mean          low mean      high mean
                                     std dev       low std dev   high std dev
-------------------------------------------------------------------------------
Fibonacci 20                                   100             2     8.4318 ms 
                                        43.2061 us    42.9186 us    43.6531 us 
                                        1.80612 us     1.27411 us    2.79632 us 
                                                                               
a long name of a benchmark that goes on 
and on                                         100             1     55.901 ms 
                                        489.861 ns    488.042 ns    492.317 ns 
                                        10.5231 ns    7.81072 ns    15.0621 ns 
                                                                               

===============================================================================
test cases: 1 | 1 passed
assertions: - none -

'''
w('catch2.txt', CATCH2)
w('catch2_xml.log', '''<?xml version="1.0" encoding="UTF-8"?>
<Catch2TestRun name="bench" rng-seed="1" xml-format-version="3" catch2-version="3.5.2">
  <TestCase name="Fibonacci" tags="[!benchmark]" filename="bench.cpp" line="10">
    <BenchmarkResults name="Fibonacci 20" samples="100" resamples="100000" iterations="2" clockResolution="16.5" estimatedDuration="8431800">
      <!--All values in nano seconds-->
      <mean value="43206.1" lowerBound="42918.6" upperBound="43653.1" ci="0.95"/>
      <standardDeviation value="1806.12" lowerBound="1274.11" upperBound="2796.32" ci="0.95"/>
      <outliers variance="0.41" lowMild="0" lowSevere="0" highMild="3" highSevere="5"/>
    </BenchmarkResults>
    <OverallResult success="true" skips="0"/>
  </TestCase>
  <OverallResults successes="0" failures="0" expectedFailures="0" skips="0"/>
</Catch2TestRun>
''')
# Its JSON reporter writes no benchmarks.
w('catch2.json', {"version":1,"metadata":{"name":"bench","rng-seed":1,"catch2-version":"3.5.2"},"test-cases":[{"name":"Fibonacci","tags":["!benchmark"],"filename":"bench.cpp","line":10,"sections":[{"name":"Fibonacci","filename":"bench.cpp","line":10,"assertions":{"passed":1,"failed":0,"fail-but-ok":0,"skipped":0}}],"is-hidden":False,"throws":False,"ok-to-fail":False,"expected-to-fail":False,"totals":{"assertion":{"passed":1,"failed":0,"fail-but-ok":0,"skipped":0},"test-cases":{"passed":1,"failed":0,"fail-but-ok":0,"skipped":0}}}]})
# ---- exllamav2, TabbyAPI, text-generation-webui, koboldcpp
w('tabbyapi.log', '''2024-08-12 10:11:12.345 INFO:     Received chat completion streaming request 3f5bd5a7c1e84a6e8b6e1f0a9c3d2b1a
2024-08-12 10:11:18.123 INFO:     Finished chat completion streaming request 3f5bd5a7c1e84a6e8b6e1f0a9c3d2b1a
2024-08-12 10:11:18.124 INFO:     Metrics (ID: 3f5bd5a7c1e84a6e8b6e1f0a9c3d2b1a): 150 tokens generated in 5.12 seconds (Queue: 0.0 s, Process: 128 cached tokens and 1072 new tokens at 850.23 T/s, Generate: 42.5 T/s, Context: 1200 tokens)
2024-08-12 10:12:18.124 INFO:     Metrics (ID: 4f5bd5a7c1e84a6e8b6e1f0a9c3d2b1a): 160 tokens generated in 5.5 seconds (Queue: 0.01 s, Process: 0 cached tokens and 1300 new tokens at 860.11 T/s, Generate: 41.3 T/s, Context: 1300 tokens)
''')
w('exllamav2.txt', ''' -- Model: /models/Llama-3-8B-exl2
 -- Options: []
 -- Loading model...
 -- Loaded model in 4.1234 seconds
 -- Loading tokenizer...
 -- Warmup...
 -- Measuring prompt processing speed...
 -- Warmup...
 ** Length   128 tokens:    2345.6789 t/s
 ** Length   256 tokens:    4321.1234 t/s
 -- Measuring token speed...
 ** Position     1 + 127 tokens:      45.6789 t/s
 ** Position   128 + 128 tokens:      44.1234 t/s
''')
w('exllamav2_gen.log', ''' -- Generating...

Once upon a time there was a model.

 -- Response generated in 3.21 seconds, 128 tokens, 39.88 tokens/second (includes prompt eval.)
''')
w('textgen_webui.log', '''10:11:12-345678 INFO     Loading "Llama-3-8B"
10:11:18-345678 INFO     Loaded "Llama-3-8B" in 6.05 seconds.
10:11:18-345678 INFO     LOADER: "llama.cpp"
Output generated in 5.12 seconds (29.30 tokens/s, 150 tokens, context 45, seed 12345)
Output generated in 4.02 seconds (37.31 tokens/s, 150 tokens, context 245, seed 12346)
''')
w('koboldcpp.log', '''Welcome to KoboldCpp - Version 1.77
Processing Prompt [BLAS] (1200 / 1200 tokens)
Generating (150 / 150 tokens)
[10:11:12] CtxLimit:1350/4096, Amt:150/150, Init:0.01s, Process:1.41s (1.2ms/T = 851.06T/s), Generate:3.53s (23.5ms/T = 42.49T/s), Total:4.94s (30.36T/s)
Processing Prompt (10 / 10 tokens)
Generating (120 / 120 tokens)
[10:12:12] CtxLimit:1480/4096, Amt:120/120, Init:0.02s, Process:0.20s (50.00T/s), Generate:2.90s (41.38T/s), Total:3.10s
''')
w('koboldcpp_bench.csv', '''timestamp,version,gpulayers,backend,maxctx,model,ProcessingTime,ProcessingSpeed,GenerationTime,GenerationSpeed,TotalTime,Output,flags
2024-11-01T10:11:12,1.77,33,koboldcpp_cublas.dll,4096,Llama-3-8B-Q4_K_M,4.64,861.21,2.36,42.37,7.0,1 1 1 1,NoAVX2=False Threads=7
2024-11-01T10:21:12,1.77,20,koboldcpp_cublas.dll,4096,Llama-3-8B-Q4_K_M,6.64,601.81,4.36,22.94,11.0,1 1 1 1,NoAVX2=False Threads=7
''')
# ---- sysstat
w('sadf_cpu.csv', '''# hostname;interval;timestamp;CPU;%user;%nice;%system;%iowait;%steal;%idle
bench01;1;2024-11-13 23:46:13 UTC;-1;42.10;0.00;3.05;0.20;0.00;54.65
bench01;1;2024-11-13 23:46:14 UTC;-1;43.20;0.00;3.15;0.10;0.00;53.55
''')
w('sadf_mem.csv', '''# hostname;interval;timestamp;kbmemfree;kbavail;kbmemused;%memused;kbbuffers;kbcached;kbcommit;%commit;kbactive;kbinact;kbdirty
bench01;1;2024-11-13 23:46:13 UTC;15669821;15846353;1893110;10.78;33212;368252;1392980;8.49;319968;175036;0
bench01;1;2024-11-13 23:46:14 UTC;15669721;15846253;1894110;10.79;33212;368252;1392980;8.49;319968;175036;12
''')
w('sadf_disk.csv', '''# hostname;interval;timestamp;DEV;tps;rkB/s;wkB/s;dkB/s;areq-sz;aqu-sz;await;%util
bench01;1;2024-11-13 23:46:13 UTC;nvme0n1;120.50;2048.00;1024.00;0.00;25.49;0.14;1.20;12.00
bench01;1;2024-11-13 23:46:14 UTC;nvme0n1;121.50;2148.00;1124.00;0.00;26.90;0.15;1.30;13.00
''')
w('sadf.json', {"sysstat":{"hosts":[{"nodename":"bench01","sysname":"Linux","release":"6.1.0","machine":"x86_64","number-of-cpus":8,"file-date":"2024-11-13","file-utc-time":"23:46:12","timezone":"UTC","statistics":[{"timestamp":{"date":"2024-11-13","time":"23:46:13","utc":1,"interval":1},"cpu-load":[{"cpu":"all","user":42.1,"nice":0.0,"system":3.05,"iowait":0.2,"steal":0.0,"idle":54.65}]},{"timestamp":{"date":"2024-11-13","time":"23:46:14","utc":1,"interval":1},"cpu-load":[{"cpu":"all","user":43.2,"nice":0.0,"system":3.15,"iowait":0.1,"steal":0.0,"idle":53.55}]}],"restarts":[]}]}})
w('sar.txt', '''Linux 6.1.0-18-amd64 (bench01) 	11/13/2024 	_x86_64_	(8 CPU)

11:46:12 PM     CPU     %user     %nice   %system   %iowait    %steal     %idle
11:46:13 PM     all     42.10      0.00      3.05      0.20      0.00     54.65
11:46:14 PM     all     43.20      0.00      3.15      0.10      0.00     53.55
Average:        all     42.65      0.00      3.10      0.15      0.00     54.10
''')
# ---- asv, MTEB, Geekbench, Scaphandre
w('asv.json', {"commit_hash":"cb63287e63db10ce3eb0f3b8c279fd995678d0ae","env_name":"virtualenv-py3.11","date":1696315841000,"params":{"arch":"x86_64","cpu":"AMD Ryzen","machine":"bench01","num_cpu":"8","os":"Linux","ram":"16GB","python":"3.11"},"python":"3.11","requirements":{},"env_vars":{},"result_columns":["result","params","version","started_at","duration","stats_ci_99_a","stats_ci_99_b","stats_q_25","stats_q_75","stats_number","stats_repeat","samples","profile"],"results":{"benchmarks.TimeSuite.time_insertion_sort":[[4.789e-07],[],"1198fb",1697559305660,0.40301,[4.7191e-07],[4.8881e-07],[4.7676e-07],[4.8181e-07],[22921],[10]],"benchmarks.MemSuite.peakmem_list":[[24682496],[],"2198fb",1697559305660,0.30301],"benchmarks.TimeSuite.time_range":[[0.012,0.024],[["10","20"]],"3198fb",1697559306660,1.5,[0.0119,0.0239],[0.0121,0.0241],[0.01195,0.02395],[0.01205,0.02405],[1,1],[10,10],[[0.0119,0.0121],[0.0239,0.0241]]],"benchmarks.TrackSuite.track_tokens":[[42.0],[],"4198fb",1697559306660,0.1]},"durations":{"<build>":10.5},"version":2})
w('mteb.json', {"dataset_revision":"0fd18e25b25c072e09e0d92ab615fda904d66300","task_name":"Banking77Classification","mteb_version":"1.12.75","scores":{"test":[{"accuracy":0.8012,"f1":0.7967,"f1_weighted":0.7967,"scores_per_experiment":[{"accuracy":0.80,"f1":0.795,"f1_weighted":0.795},{"accuracy":0.8024,"f1":0.7984,"f1_weighted":0.7984}],"main_score":0.8012,"hf_subset":"default","languages":["eng-Latn"]}]},"evaluation_time":25.41,"kg_co2_emissions":0.0012})
w('mteb_retrieval.json', {"dataset_revision":"c58637","task_name":"NFCorpus","mteb_version":"1.12.75","scores":{"test":[{"ndcg_at_1":0.41,"ndcg_at_10":0.3512,"map_at_10":0.131,"recall_at_100":0.33,"precision_at_10":0.25,"mrr_at_10":0.52,"main_score":0.3512,"hf_subset":"default","languages":["eng-Latn"]}]},"evaluation_time":12.05,"kg_co2_emissions":None})
w('geekbench.json', {"clock":1700000000,"version":"Geekbench 6.2.1","metrics":[{"id":1,"name":"Operating System","value":"Linux"}],"runtime":152,"score":2100,"multicore_score":9800,"sections":[{"id":1,"name":"Single-Core","score":2100,"workloads":[{"id":101,"name":"File Compression","score":1900,"runtime":3.2,"rate":272.5,"rate_string":"272.5 MB/sec","threads":1,"runtime_warmup":0.5},{"id":102,"name":"Navigation","score":2000,"runtime":2.8,"rate":12.1,"rate_string":"12.1 routes/sec","threads":1,"runtime_warmup":0.5}]},{"id":2,"name":"Multi-Core","score":9800,"workloads":[{"id":101,"name":"File Compression","score":7900,"runtime":4.2,"rate":1133.1,"rate_string":"1.11 GB/sec","threads":8,"runtime_warmup":0.5}]}]})
w('scaphandre.json', [{"host":{"consumption":15500000.0,"timestamp":1700000000.1,"components":None},"consumers":[{"exe":"/usr/bin/llama-server","cmdline":"llama-server","pid":1234,"consumption":12000000.0,"timestamp":1700000000.1,"resources_usage":None,"container":None},{"exe":"/usr/bin/top","cmdline":"top","pid":1235,"consumption":100000.0,"timestamp":1700000000.1,"resources_usage":None,"container":None}],"sockets":[{"id":0,"consumption":14500000.0,"domains":[{"name":"dram","consumption":2500000.0,"timestamp":1700000000.1}],"timestamp":1700000000.1}]},{"host":{"consumption":16500000.0,"timestamp":1700000002.1,"components":None},"consumers":[{"exe":"/usr/bin/llama-server","cmdline":"llama-server","pid":1234,"consumption":13000000.0,"timestamp":1700000002.1,"resources_usage":None,"container":None}],"sockets":[{"id":0,"consumption":15500000.0,"domains":[{"name":"dram","consumption":2600000.0,"timestamp":1700000002.1}],"timestamp":1700000002.1}]}])
# ---- redis, YCSB, TensorBoard, leaderboard
w('redis_old.csv', '"PING_INLINE","117924.53"\n"PING_BULK","119047.62"\n"SET","120192.30"\n"GET","119474.31"\n"LRANGE_100 (first 100 elements)","55803.57"\n')
YCSB = '''[OVERALL], RunTime(ms), 10110
[OVERALL], Throughput(ops/sec), 98.91196834817013
[TOTAL_GCS_PS_Scavenge], Count, 1
[TOTAL_GC_TIME], Time(ms), 11
[READ], Operations, 491
[READ], AverageLatency(us), 1054.66
[READ], MinLatency(us), 424
[READ], MaxLatency(us), 4567
[READ], 95thPercentileLatency(us), 1800
[READ], 99thPercentileLatency(us), 2900
[READ], Return=OK, 491
'''
w('ycsb.csv', YCSB)
w('ycsb.log', 'YCSB Client 0.17.0\nCommand line: -db site.ycsb.BasicDB -P workloads/workloada -t\n2024-11-13 10:11:12:123 0 sec: 0 operations; est completion in 0 second \n' + YCSB)
w('tensorboard_scalars.json', [[1718000000.1, 0, 2.5],[1718000010.1, 100, 2.1],[1718000020.2, 200, 1.9]])
w('run-train-tag-loss.json', [[1718000000.1, 0, 2.5],[1718000010.1, 100, 2.1],[1718000020.2, 200, 1.9]])
w('tensorboard.csv', 'Wall time,Step,Value\n1718000000.1,0,2.5\n1718000010.1,100,2.1\n')
w('open_llm_leaderboard.csv', '''eval_name,Precision,Type,T,Weight type,Architecture,Model,fullname,Model sha,Average ⬆️,Hub License,Hub ❤️,#Params (B),Available on the hub,MoE,Flagged,Chat Template,CO₂ cost (kg),IFEval Raw,IFEval,BBH Raw,BBH,MATH Lvl 5 Raw,MATH Lvl 5,GPQA Raw,GPQA,MUSR Raw,MUSR,MMLU-PRO Raw,MMLU-PRO,Merged,Official Providers,Upload To Hub Date,Submission Date,Generation,Base Model
google_gemma-2-2b-it_bfloat16,bfloat16,💬 chat models,💬,Original,Gemma2ForCausalLM,google/gemma-2-2b-it,google/gemma-2-2b-it,299a8560bedf22ed1c72a8a11e7dce4a7f9f51f8,17.05,gemma,900,2.614,True,False,False,True,0.64,0.5668,56.68,0.4199,17.98,0.0008,0.08,0.2743,3.24,0.3929,7.08,0.2549,17.22,False,True,2024-07-16,2024-07-31,0,google/gemma-2-2b
HuggingFaceTB_SmolLM2-135M-Instruct_bfloat16,bfloat16,💬 chat models,💬,Original,LlamaForCausalLM,HuggingFaceTB/SmolLM2-135M-Instruct,HuggingFaceTB/SmolLM2-135M-Instruct,8a2f0d,5.52,apache-2.0,90,0.135,True,False,False,True,0.34,0.2883,28.83,0.3124,4.72,0.003,0.30,0.2357,0.0,0.3661,3.43,0.1092,1.02,False,True,2024-10-31,2024-11-01,0,HuggingFaceTB/SmolLM2-135M
''')
w('pass_at_k.json', {"humaneval":{"pass@1":0.3171,"pass@10":0.5012,"pass@100":0.6911},"config":{"model":"bigcode/starcoder2-3b","temperature":0.2,"n_samples":200}})
# ---- servers
w('llama_server_metrics.txt', '''# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed.
# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total 1024
# HELP llamacpp:prompt_seconds_total Prompt process time
# TYPE llamacpp:prompt_seconds_total counter
llamacpp:prompt_seconds_total 1.21
# HELP llamacpp:tokens_predicted_total Number of generation tokens processed.
# TYPE llamacpp:tokens_predicted_total counter
llamacpp:tokens_predicted_total 512
# HELP llamacpp:tokens_predicted_seconds_total Predict process time
# TYPE llamacpp:tokens_predicted_seconds_total counter
llamacpp:tokens_predicted_seconds_total 12.1
# HELP llamacpp:n_decode_total Total number of llama_decode() calls
# TYPE llamacpp:n_decode_total counter
llamacpp:n_decode_total 520
# HELP llamacpp:n_busy_slots_per_decode Average number of busy slots per llama_decode() call
# TYPE llamacpp:n_busy_slots_per_decode counter
llamacpp:n_busy_slots_per_decode 1.4
# HELP llamacpp:prompt_tokens_seconds Average prompt throughput in tokens/s.
# TYPE llamacpp:prompt_tokens_seconds gauge
llamacpp:prompt_tokens_seconds 846.28
# HELP llamacpp:predicted_tokens_seconds Average generation throughput in tokens/s.
# TYPE llamacpp:predicted_tokens_seconds gauge
llamacpp:predicted_tokens_seconds 42.31
# HELP llamacpp:kv_cache_usage_ratio KV-cache usage. 1 means 100 percent usage.
# TYPE llamacpp:kv_cache_usage_ratio gauge
llamacpp:kv_cache_usage_ratio 0.25
# HELP llamacpp:requests_processing Number of requests processing.
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 1
''')
w('llama_server.log', '''main: server is listening on http://127.0.0.1:8080 - starting the main loop
slot launch_slot_: id  0 | task 0 | processing task
slot update_slots: id  0 | task 0 | prompt done, n_past = 45, n_tokens = 45
slot      release: id  0 | task 0 | stop processing: n_past = 144, truncated = 0
slot print_timing: id  0 | task 0 | 
prompt eval time =      52.31 ms /    45 tokens (    1.16 ms per token,   860.26 tokens per second)
       eval time =    2361.12 ms /   100 tokens (   23.61 ms per token,    42.35 tokens per second)
      total time =    2413.43 ms /   145 tokens
srv  update_slots: all slots are idle
srv  log_server_r: request: POST /v1/chat/completions 127.0.0.1 200
slot print_timing: id  0 | task 101 | 
prompt eval time =      51.31 ms /    44 tokens (    1.17 ms per token,   857.53 tokens per second)
       eval time =    2401.12 ms /   100 tokens (   24.01 ms per token,    41.65 tokens per second)
      total time =    2452.43 ms /   144 tokens
''')
w('sglang_server.log', '''[2025-01-10 10:11:12 TP0] Prefill batch. #new-seq: 1, #new-token: 512, #cached-token: 0, token usage: 0.00, #running-req: 0, #queue-req: 0
[2025-01-10 10:11:14 TP0] Decode batch. #running-req: 1, #token: 552, token usage: 0.01, gen throughput (token/s): 81.25, #queue-req: 0
[2025-01-10 10:11:15 TP0] Decode batch. #running-req: 1, #token: 592, token usage: 0.01, cuda graph: True, gen throughput (token/s): 82.5, #queue-req: 0
''')
w('lmstudio.json', {"id":"chatcmpl-i3gkjwthhw96whukek9tz","object":"chat.completion","created":1731990317,"model":"granite-3.0-2b-instruct","choices":[{"index":0,"logprobs":None,"finish_reason":"stop","message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":24,"completion_tokens":53,"total_tokens":77},"stats":{"tokens_per_second":51.43709529007664,"time_to_first_token":0.111,"generation_time":0.954,"stop_reason":"eosFound"},"model_info":{"arch":"granite","quant":"Q4_K_M","format":"gguf","context_length":4096},"runtime":{"name":"llama.cpp-mac-arm64-apple-metal-advsimd","version":"1.3.0","supported_formats":["gguf"]}})
w('lmstudio.log', '''2025-01-10 10:11:12 [INFO] [LM STUDIO SERVER] Running chat completion on conversation with 1 messages.
Prediction Stats:
  Stop Reason: eosFound
  Tokens/Second: 51.44
  Time to First Token: 0.111s
  Prompt Tokens: 24
  Predicted Tokens: 53
  Total Tokens: 77
''')
# ---- hardware
w('gpustat.json', {"hostname":"bench01","driver_version":"550.54","query_time":"2024-11-13T10:11:12.000000","gpus":[{"index":0,"uuid":"GPU-10fb0fbd","name":"NVIDIA GeForce RTX 4090","temperature.gpu":55,"fan.speed":30,"utilization.gpu":98,"utilization.enc":0,"utilization.dec":0,"power.draw":310,"enforced.power.limit":450,"memory.used":18234,"memory.total":24564,"processes":[{"username":"me","command":"llama-server","gpu_memory_usage":18000,"pid":1234}]}]})
w('nvtop.json', [{"device_name":"NVIDIA GeForce RTX 4090","gpu_clock":"2520MHz","mem_clock":"10501MHz","temp":"55C","fan_speed":"30%","power_draw":"310W","gpu_util":"98%","encode":"0%","decode":"0%","mem_util":"74%","mem_total":"25757220864","mem_used":"19119734784","mem_free":"6637486080"}])
w('intel_gpu_top.json', [{"period":{"duration":1000.5,"unit":"ms"},"frequency":{"requested":1150.0,"actual":1148.2,"unit":"MHz"},"interrupts":{"count":120.5,"unit":"irq/s"},"rc6":{"value":12.5,"unit":"%"},"power":{"GPU":8.25,"Package":22.5,"unit":"W"},"imc-bandwidth":{"reads":2048.5,"writes":512.25,"unit":"MiB/s"},"engines":{"Render/3D":{"busy":88.5,"sema":0.0,"wait":0.0,"unit":"%"},"Video":{"busy":0.0,"sema":0.0,"wait":0.0,"unit":"%"}},"clients":{}},{"period":{"duration":1000.4,"unit":"ms"},"frequency":{"requested":1150.0,"actual":1149.2,"unit":"MHz"},"interrupts":{"count":121.5,"unit":"irq/s"},"rc6":{"value":11.5,"unit":"%"},"power":{"GPU":8.5,"Package":23.5,"unit":"W"},"imc-bandwidth":{"reads":2148.5,"writes":522.25,"unit":"MiB/s"},"engines":{"Render/3D":{"busy":89.5,"sema":0.0,"wait":0.0,"unit":"%"},"Video":{"busy":0.0,"sema":0.0,"wait":0.0,"unit":"%"}},"clients":{}}])
w('amd_smi.csv', '''gpu,gfx_activity,umc_activity,mm_activity,socket_power,hotspot_temperature,memory_temperature,gfx_clk,mem_clk,used_vram,total_vram
0,98,40,0,410,71,62,2100,1300,51200,196592
1,97,41,0,405,70,61,2100,1300,51300,196592
''')
w('docker_stats.jsonl', '{"BlockIO":"12.3MB / 4.1kB","CPUPerc":"801.20%","Container":"abc","ID":"abc123","MemPerc":"52.10%","MemUsage":"8.123GiB / 15.6GiB","Name":"ollama","NetIO":"1.2kB / 800B","PIDs":"21"}\n{"BlockIO":"12.3MB / 4.1kB","CPUPerc":"803.10%","Container":"abc","ID":"abc123","MemPerc":"52.20%","MemUsage":"8.143GiB / 15.6GiB","Name":"ollama","NetIO":"1.2kB / 800B","PIDs":"21"}\n')
w('vmstat.txt', '''procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----
 r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st
 4  0      0 15669821  33212 368252    0    0    10    20 1200 3400 42  3 54  1  0
 5  0      0 15669721  33212 368252    0    0    12    22 1210 3410 43  3 53  1  0
''')
w('turbostat.txt', '''Core	CPU	Avg_MHz	Busy%	Bzy_MHz	TSC_MHz	IRQ	CoreTmp	PkgTmp	PkgWatt	RAMWatt
-	-	3100	81.20	3817	3700	12345	71	72	95.20	6.10
0	0	3200	82.10	3897	3700	1234	71	72	95.20	6.10
''')
# ---- evaluations, clients
w('promptfoo.json', {"evalId":"eval-abc","results":{"version":3,"timestamp":"2024-11-13T10:11:12.000Z","prompts":[{"raw":"Say {{x}}","label":"Say {{x}}","provider":"ollama:gemma3","id":"p1","metrics":{"score":1.5,"testPassCount":1,"testFailCount":1,"testErrorCount":0,"assertPassCount":1,"assertFailCount":1,"totalLatencyMs":2400,"tokenUsage":{"total":120,"prompt":40,"completion":80,"cached":0},"cost":0}}],"results":[{"cost":0,"gradingResult":{"pass":True,"score":1,"reason":"ok"},"id":"r1","latencyMs":1100,"namedScores":{},"prompt":{"raw":"Say hi","label":"Say {{x}}"},"promptIdx":0,"provider":{"id":"ollama:gemma3","label":""},"response":{"output":"hi","tokenUsage":{"total":60,"prompt":20,"completion":40}},"score":1,"success":True,"testIdx":0,"vars":{"x":"hi"}},{"cost":0,"gradingResult":{"pass":False,"score":0.5,"reason":"no"},"id":"r2","latencyMs":1300,"namedScores":{},"prompt":{"raw":"Say ho","label":"Say {{x}}"},"promptIdx":0,"provider":{"id":"ollama:gemma3","label":""},"response":{"output":"ho","tokenUsage":{"total":60,"prompt":20,"completion":40}},"score":0.5,"success":False,"testIdx":1,"vars":{"x":"ho"}}],"stats":{"successes":1,"failures":1,"errors":0,"tokenUsage":{"total":120,"prompt":40,"completion":80,"cached":0}}},"config":{"description":"d"},"shareableUrl":None})
w('inspect_ai.json', {"version":2,"status":"success","eval":{"eval_id":"a","run_id":"b","created":"2024-11-13T10:11:12+00:00","task":"gsm8k","task_id":"c","dataset":{"name":"gsm8k","samples":100},"model":"ollama/gemma3","config":{"limit":100}},"plan":{"name":"plan","steps":[]},"results":{"total_samples":100,"completed_samples":100,"scores":[{"name":"match","scorer":"match","params":{},"metrics":{"accuracy":{"name":"accuracy","value":0.61,"params":{}},"stderr":{"name":"stderr","value":0.049,"params":{}}}}]},"stats":{"started_at":"2024-11-13T10:11:12+00:00","completed_at":"2024-11-13T10:21:12+00:00","model_usage":{"ollama/gemma3":{"input_tokens":12000,"output_tokens":34000,"total_tokens":46000}}}})
w('aiperf.json', {"request_throughput":{"unit":"requests/sec","avg":255.54},"request_latency":{"unit":"ms","avg":487.3,"p1":300.1,"p50":480.2,"p90":600.1,"p99":700.5,"min":290.0,"max":720.1,"std":80.2},"request_count":{"unit":"requests","avg":1000.0},"time_to_first_token":{"unit":"ms","avg":18.26,"p50":14.0,"p99":68.8,"min":11.2,"max":106.3,"std":12.1},"inter_token_latency":{"unit":"ms","avg":11.21,"p50":11.0,"p99":13.85,"min":8.5,"max":13.9,"std":1.0},"output_token_throughput":{"unit":"tokens/sec","avg":10944.03},"output_token_throughput_per_user":{"unit":"tokens/sec/user","avg":90.1,"p50":90.0,"p99":116.0,"min":72.0,"max":117.2,"std":8.0},"benchmark_duration":{"unit":"sec","avg":3.91},"input_config":{"endpoint":{"model_names":["gemma3"],"streaming":True},"loadgen":{"concurrency":64,"request_count":1000}},"was_cancelled":False})
w('inferencemax.json', {"hw":"h200","tp":8,"conc":64,"model":"meta-llama/Llama-3.3-70B-Instruct","framework":"vllm","precision":"fp8","tput_per_gpu":812.5,"output_tput_per_gpu":90.2,"input_tput_per_gpu":722.3,"mean_ttft":0.52,"median_ttft":0.45,"std_ttft":0.1,"p99_ttft":1.2,"mean_tpot":0.0215,"median_tpot":0.021,"std_tpot":0.001,"p99_tpot":0.025,"mean_intvty":46.5,"median_intvty":47.6,"std_intvty":1.2,"p99_intvty":40.0,"mean_itl":0.0214,"median_itl":0.02,"std_itl":0.004,"p99_itl":0.06,"mean_e2el":20.1,"median_e2el":19.8,"std_e2el":1.2,"p99_e2el":24.5})
w('guidellm.csv', '''Type,Run Id,Id,Name,Start Time,End Time,Duration,Setup Strategy,Requests Concurrency Mean,Requests Concurrency Median,Successful Request Latency mean,Successful Request Latency median,Successful TTFT ms mean,Successful ITL ms mean,Successful Output Tokens per Second mean
benchmark,r1,b1,constant@1.0,1731990317.1,1731990347.1,30.0,constant,1.5,1,1.55,1.52,85.2,11.5,82.4
''')
w('lighteval.json', {"config_general":{"lighteval_sha":"?","num_fewshot_seeds":1,"max_samples":None,"job_id":0,"start_time":1000.5,"end_time":1100.5,"total_evaluation_time_secondes":"100.0","model_name":"HuggingFaceTB/SmolLM2-135M","model_sha":"abc","model_dtype":"torch.bfloat16","model_size":"269MB"},"results":{"leaderboard|arc:challenge|25":{"acc":0.2901,"acc_stderr":0.0132,"acc_norm":0.3201,"acc_norm_stderr":0.0136},"all":{"acc":0.2901,"acc_stderr":0.0132,"acc_norm":0.3201,"acc_norm_stderr":0.0136}},"versions":{"leaderboard|arc:challenge|25":0},"summary_tasks":{},"summary_general":{}})
w('evalplus.json', {"date":"2024-11-13 10:11","hash":"abc","pass_at_k":{"base":{"pass@1":0.6402,"pass@10":0.72},"plus":{"pass@1":0.5915,"pass@10":0.68}}})
# ---- Load generators and inference runtimes
w('h2load.txt', '''starting benchmark...
spawning thread #0: 10 total client(s). 1000 total requests
progress: 10% done
progress: 100% done

finished in 1.52s, 657.89 req/s, 1.20MB/s
requests: 1000 total, 1000 started, 1000 done, 998 succeeded, 2 failed, 0 errored, 0 timeout
status codes: 998 2xx, 0 3xx, 2 4xx, 0 5xx
traffic: 1.82MB (1908880) total, 35.16KB (36000) headers (space savings 93.55%), 1.76MB (1845000) data
                     min         max         mean         sd        +/- sd
time for request:     1.20ms     45.32ms     14.85ms      4.20ms    70.10%
time for connect:      310us      1.10ms       650us      210us    60.00%
time to 1st byte:     2.10ms     20.11ms      8.20ms      3.10ms    80.00%
req/s           :      65.80       72.10       68.20        1.90    70.00%
''')
w('bombardier.json', {"spec":{"numberOfConnections":125,"testType":"timed","testDurationSeconds":10,"method":"GET","url":"http://127.0.0.1:8080/","stream":False,"timeoutSeconds":2,"client":"fasthttp"},"result":{"bytesRead":1000000,"bytesWritten":500000,"timeTakenSeconds":10.01,"req1xx":0,"req2xx":100000,"req3xx":0,"req4xx":0,"req5xx":0,"others":0,"latency":{"mean":1250.5,"stddev":300.1,"max":20000,"percentiles":{"50":1200,"75":1400,"90":1600,"95":1800,"99":2500}},"rps":{"mean":9990.5,"stddev":500.2,"max":12000.1,"percentiles":{"50":10000.1,"75":10200.2,"90":10500.3,"95":10800.4,"99":11500.5}}}})
w('trtexec.log', '''[11/13/2024-10:11:12] [I] === Model Options ===
[11/13/2024-10:11:12] [I] Format: ONNX
[11/13/2024-10:11:12] [I] Batch: Explicit
[11/13/2024-10:11:15] [I] === Performance summary ===
[11/13/2024-10:11:15] [I] Throughput: 812.345 qps
[11/13/2024-10:11:15] [I] Latency: min = 1.20117 ms, max = 1.89062 ms, mean = 1.22451 ms, median = 1.21997 ms, percentile(90%) = 1.23535 ms, percentile(95%) = 1.24512 ms, percentile(99%) = 1.34521 ms
[11/13/2024-10:11:15] [I] Enqueue Time: min = 0.0219727 ms, max = 0.100586 ms, mean = 0.0289 ms, median = 0.0275879 ms, percentile(90%) = 0.0339355 ms, percentile(95%) = 0.0366211 ms, percentile(99%) = 0.0441895 ms
[11/13/2024-10:11:15] [I] H2D Latency: min = 0.0195312 ms, max = 0.0617676 ms, mean = 0.0234 ms, median = 0.0231934 ms, percentile(90%) = 0.0249023 ms, percentile(95%) = 0.0258789 ms, percentile(99%) = 0.0314941 ms
[11/13/2024-10:11:15] [I] GPU Compute Time: min = 1.17554 ms, max = 1.85547 ms, mean = 1.19623 ms, median = 1.19189 ms, percentile(90%) = 1.20422 ms, percentile(95%) = 1.21448 ms, percentile(99%) = 1.31174 ms
[11/13/2024-10:11:15] [I] Total Host Walltime: 3.00242 s
[11/13/2024-10:11:15] [I] Total GPU Compute Time: 2.91760 s
''')
w('openvino.txt', '''[Step 1/11] Parsing and validating input arguments
[ INFO ] Parsing input parameters
[Step 10/11] Measuring performance (Start inference asynchronously, 4 inference requests, limits: 60000 ms duration)
[ INFO ] First inference took 12.34 ms
[Step 11/11] Dumping statistics report
[ INFO ] Execution Devices:['CPU']
[ INFO ] Count:            4892 iterations
[ INFO ] Duration:         60048.21 ms
[ INFO ] Latency:
[ INFO ]    Median:        48.91 ms
[ INFO ]    Average:       49.05 ms
[ INFO ]    Min:           30.12 ms
[ INFO ]    Max:           81.22 ms
[ INFO ] Throughput:   81.47 FPS
''')
w('onnxruntime_perf.txt', '''Session creation time cost: 0.512345 s
First inference time cost: 25 ms
Total inference time cost: 12.3456 s
Total inference requests: 1000
Average inference time cost: 12.3456 ms
Total inference run time: 12.3512 s
Number of inferences per second: 80.9638
Avg CPU usage: 45 %
Peak working set size: 123456789 bytes
Avg CPU usage:45
Peak working set size:123456789
Runs:1000
Min Latency: 0.0110123 s
Max Latency: 0.0191234 s
P50 Latency: 0.0121234 s
P90 Latency: 0.0131234 s
P95 Latency: 0.0141234 s
P99 Latency: 0.0161234 s
P999 Latency: 0.0191234 s
''')
w('benchmarkjs.txt', '''RegExp#test x 4,161,532 ops/sec ±0.99% (59 cycles)
String#indexOf x 6,139,623 ops/sec ±1.00% (131 runs sampled)
Fastest is String#indexOf
''')
w('vitest.json', {"files":[{"filepath":"/repo/a.bench.ts","groups":[{"fullName":"a.bench.ts > sort","benchmarks":[{"id":"1_0","name":"normal","rank":1,"rme":0.42,"totalTime":500.1,"min":0.0152,"max":0.91,"hz":61523.5,"period":0.01625,"mean":0.01625,"variance":0.0001,"sd":0.01,"sem":0.0001,"df":30000,"critical":1.96,"moe":0.0001,"p75":0.0163,"p99":0.0241,"p995":0.0301,"p999":0.0512,"sampleCount":30770,"median":0.0161},{"id":"1_1","name":"reverse","rank":2,"rme":0.52,"totalTime":500.2,"min":0.0252,"max":0.95,"hz":38523.5,"period":0.02595,"mean":0.02595,"variance":0.0001,"sd":0.01,"sem":0.0001,"df":19000,"critical":1.96,"moe":0.0001,"p75":0.0263,"p99":0.0341,"p995":0.0401,"p999":0.0612,"sampleCount":19270,"median":0.0258}]}]}]})
# ---- Sensors
w('mangohud.csv', '''os,cpu,gpu,ram,kernel,driver,cpuscheduler
Arch Linux,AMD Ryzen 7 5800X,AMD Radeon RX 6800 XT,32791068,6.6.1-arch1,,schedutil
fps,frametime,cpu_load,cpu_power,gpu_load,cpu_temp,gpu_temp,gpu_core_clock,gpu_mem_clock,gpu_vram_used,gpu_power,ram_used,swap_used,process_rss,elapsed
144.2,6.93,22,45.1,98,61,65,2400,1988,6.12,230,11.2,0,3.1,100000000
143.1,6.98,23,45.3,97,61,65,2410,1988,6.13,231,11.2,0,3.1,200000000
''')
w('hwinfo.csv', '''Date,Time,"Total CPU Usage [%]","CPU Package Power [W]","GPU Temperature [°C]","GPU Memory Allocated [MB]","GPU Core Load [%]","GPU Power [W]",
13.11.2024,10:11:12.123,42.1,95.2,55.0,18234,98.0,310.5,
13.11.2024,10:11:14.123,43.2,96.1,56.0,18236,97.0,311.5,
''')
w('gpuz.txt', '''        Date        , GPU Clock [MHz] , Memory Clock [MHz] , GPU Temperature [°C] , Fan Speed (%) [%] , Memory Used [MB] , GPU Load [%] , Board Power Draw [W] ,
2024-11-13 10:11:12 ,   2520.0        ,   1312.7           ,     55.0             ,         30        ,      18234       ,     98       ,     310.5            ,
2024-11-13 10:11:13 ,   2525.0        ,   1312.7           ,     56.0             ,         31        ,      18236       ,     97       ,     311.5            ,
''')
w('prometheus_range.json', {"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"DCGM_FI_DEV_POWER_USAGE","gpu":"0","instance":"a:9400"},"values":[[1718000000,"310.5"],[1718000015,"312.5"]]},{"metric":{"__name__":"DCGM_FI_DEV_POWER_USAGE","gpu":"1","instance":"a:9400"},"values":[[1718000000,"210.5"],[1718000015,"212.5"]]}]}})
# ---- Logs of servers
w('tgi.log', '''2024-11-13T10:11:12.345678Z  INFO text_generation_router::server: router/src/server.rs:500: Connected
2024-11-13T10:11:14.345678Z  INFO generate{parameters=GenerateParameters { best_of: None, max_new_tokens: Some(100) } total_time="1.254s" validation_time="312.5µs" queue_time="62.5µs" inference_time="1.2536s" time_per_token="12.536ms" seed="None"}: text_generation_router::server: router/src/server.rs:300: Success
2024-11-13T10:11:16.345678Z  INFO generate_stream{parameters=GenerateParameters { best_of: None } total_time="1.354s" validation_time="300.5µs" queue_time="60.5µs" inference_time="1.3536s" time_per_token="13.536ms" seed="None"}: text_generation_router::server: Success
''')
w('ollama_server.log', '''time=2024-11-13T10:11:10.123Z level=INFO source=routes.go:1246 msg="Listening on 127.0.0.1:11434 (version 0.4.1)"
time=2024-11-13T10:11:12.345Z level=INFO source=server.go:601 msg="llama runner started in 1.52 seconds"
[GIN] 2024/11/13 - 10:11:14 | 200 |  1.234567891s |       127.0.0.1 | POST     "/api/generate"
[GIN] 2024/11/13 - 10:11:16 | 200 |  987.654321ms |       127.0.0.1 | POST     "/api/chat"
[GIN] 2024/11/13 - 10:11:17 | 200 |      21.541µs |       127.0.0.1 | HEAD     "/"
''')
# ---- Quality
w('mt_bench.jsonl', '\n'.join(json.dumps({"question_id":81+i,"model":"gemma3","judge":["gpt-4","single-v1"],"user_prompt":"x","judgment":"y [[8]]","score":8+i,"turn":1,"tstamp":1718000000.5+i}) for i in range(2))+'\n')
w('alpaca_eval_leaderboard.csv', ',win_rate,standard_error,n_wins,n_wins_base,n_draws,n_total,mode,avg_length,length_controlled_winrate\ngpt4_turbo,50.0,0.0,0,0,805,805,minimal,2049,50.0\ngemma3,21.5,1.2,170,630,5,805,community,1620,25.1\n')
w('opencompass.csv', 'dataset,version,metric,mode,gemma3-1b,smollm2-135m\nmmlu,4d595a,naive_average,gen,38.2,24.1\ngsm8k,1d7fe4,accuracy,gen,41.5,2.3\n')
# ---- Processors and links
w('coremark.log', '''2K performance run parameters for coremark.
CoreMark Size    : 666
Total ticks      : 12345
Total time (secs): 12.345000
Iterations/Sec   : 32401.782098
Iterations       : 400000
Compiler version : GCC13.2.0
Memory location  : Please put data memory location here
seedcrc          : 0xe9f5
CoreMark 1.0 : 32401.782098 / GCC13.2.0 -O2 -DPERFORMANCE_RUN=1  -lrt / Heap
''')
w('speedtest.json', {"download":93412345.6,"upload":41234567.8,"ping":12.34,"server":{"url":"http://s","lat":"52.0","lon":"13.0","name":"Berlin","country":"Germany","sponsor":"X","id":"1","host":"h","d":12.3,"latency":12.34},"timestamp":"2024-11-13T10:11:12.000Z","bytes_sent":52000000,"bytes_received":118000000,"share":None,"client":{"ip":"1.2.3.4","isp":"Y"}})
w('nvbandwidth.json', {"nvbandwidth":{"CUDA Runtime Version":"12040","Driver Version":"550.54","git_version":"v0.5","testcases":[{"name":"host_to_device_memcpy_ce","status":"Passed","bandwidth_description":"memcpy CE CPU(row) -> GPU(column) bandwidth (GB/s)","bandwidth_matrix":[["55.12"]],"sum":55.12}]}})
