#!/usr/bin/env python3
"""Writes the made-up benchmark folders that the sentences of sentences.tsv are about.

Nothing of it was measured. The numbers are drawn once from a seeded generator, so that
running this again writes the same bytes.
"""
import csv
import json
import pathlib
import random

HERE = pathlib.Path(__file__).parent
ROOT = HERE / "folder"
MODELS = {
    # model: (tok/s at 20, 40, 99 layers, TTFT in s, load in s, VRAM in MiB)
    "gemma3:270m": ((212.0, 251.0, 296.0), 0.062, 0.84, 612.0),
    "gemma3:1b": ((96.0, 131.0, 182.0), 0.118, 1.90, 1420.0),
    "llama3.2:3b": ((31.0, 52.0, 88.0), 0.241, 4.10, 3310.0),
}
LAYERS = (20, 40, 99)


def main() -> None:
    draw = random.Random(4)
    ROOT.mkdir(exist_ok=True)
    with (ROOT / "sweep.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["model", "num_gpu", "num_ctx", "run", "tokens_s", "ttft_s", "load_s", "error"])
        for model, (rates, ttft, load, _) in MODELS.items():
            for layers, rate in zip(LAYERS, rates):
                for run in range(1, 6):
                    loaded = load * draw.uniform(0.95, 1.05) if run == 1 else 0.0
                    if (model, layers, run) in {("llama3.2:3b", 20, 4), ("llama3.2:3b", 99, 5)}:
                        out.writerow([model, layers, 4096, run, "", "", "", "out of memory"])
                        continue
                    out.writerow([
                        model, layers, 4096, run,
                        f"{rate * draw.uniform(0.98, 1.02):.1f}",
                        f"{ttft * draw.uniform(0.94, 1.06) + loaded:.4f}",
                        f"{loaded:.4f}", "",
                    ])
    with (ROOT / "memory.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["model", "run", "peak_vram_mib"])
        for model, (_, _, _, vram) in MODELS.items():
            for run in range(1, 4):
                out.writerow([model, run, f"{vram + run * 2:.0f}"])
    runs = [
        {"model": model, "backend": backend, "latency_ms": round(base * draw.uniform(0.97, 1.03), 1)}
        for model, base in (("gemma3:270m", 410.0), ("gemma3:1b", 655.0))
        for backend in ("cuda", "vulkan")
        for _ in range(4)
    ]
    (ROOT / "latency.json").write_text(json.dumps({"runs": runs}, indent=1) + "\n")
    (ROOT / "notes.md").write_text(
        "# Notes\n\nThe sweep was run at night on one machine, five runs a setting, first runs not warmed up.\n"
    )


def quants() -> None:
    """One model in four quantisations on two backends: speed against memory and perplexity."""
    draw, root = random.Random(7), HERE / "quants"
    root.mkdir(exist_ok=True)
    # quantisation: (tok/s on metal, prefill tok/s, VRAM in MiB, perplexity)
    rows = {
        "Q4_K_M": (61.0, 820.0, 4920.0, 7.92),
        "Q5_K_M": (60.6, 790.0, 5730.0, 7.71),
        "Q8_0": (39.0, 905.0, 8540.0, 7.58),
        "F16": (21.5, 1010.0, 16070.0, 7.56),
    }
    with (root / "speed.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["model", "quantization", "backend", "run", "throughput_tok_s", "prefill_tok_s", "status"])
        for name, (rate, prefill, _, _) in rows.items():
            for backend, factor in (("metal", 1.0), ("cpu", 0.31)):
                for run in range(1, 9):
                    failed = (name, backend, run) in {("F16", "cpu", 2), ("F16", "cpu", 5), ("Q8_0", "cpu", 8)}
                    out.writerow(
                        ["qwen2.5:7b", name, backend, run]
                        + (["", "", "timed out"] if failed else [
                            f"{rate * factor * draw.uniform(0.975, 1.025):.2f}",
                            f"{prefill * factor * draw.uniform(0.96, 1.04):.1f}", "ok"])
                    )
    with (root / "memory.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["model", "quantization", "run", "peak_vram_mib"])
        for name, (_, _, vram, _) in rows.items():
            for run in range(1, 6):
                out.writerow(["qwen2.5:7b", name, run, f"{vram + draw.uniform(-8, 8):.0f}"])
    quality = [
        {"model": "qwen2.5:7b", "quantization": name, "perplexity": round(ppl * draw.uniform(0.999, 1.001), 3)}
        for name, (_, _, _, ppl) in rows.items() for _ in range(4)
    ]
    (root / "quality.json").write_text(json.dumps({"runs": quality}, indent=1) + "\n")


def served() -> None:
    """Two backends under load: latency and its tail by concurrency, power, one file of three calls."""
    draw, root = random.Random(11), HERE / "served"
    root.mkdir(exist_ok=True)
    backends = {"vllm": (42.0, 1.0, 31.0), "tgi": (55.0, 1.18, 29.0)}
    with (root / "load.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["backend", "model", "concurrency", "request", "ttft_ms", "e2e_latency_ms", "tokens_per_second"])
        for backend, (ttft, factor, rate) in backends.items():
            for concurrency in (1, 8, 32):
                for request in range(1, 13):
                    tail = 6.5 if request == 7 and concurrency == 32 else 1.0
                    load = concurrency**0.45
                    out.writerow([
                        backend, "mistral:7b", concurrency, request,
                        f"{ttft * load * tail * draw.uniform(0.93, 1.07):.1f}",
                        f"{2100 * factor * load * draw.uniform(0.95, 1.05):.0f}",
                        f"{rate / load**0.5 * draw.uniform(0.97, 1.03):.2f}",
                    ])
    with (root / "power.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["backend", "run", "power_w"])
        for backend, watts in (("vllm", 287.0), ("tgi", 286.0)):
            for run in range(1, 11):
                out.writerow([backend, run, f"{watts * draw.uniform(0.96, 1.04):.1f}"])
    (root / "probe.json").write_text(json.dumps(
        {"backend": "vllm", "model": "phi3:mini", "runs": [{"itl_ms": t} for t in (11.2, 11.9, 10.8)]}, indent=1) + "\n")


main()
quants()
served()
