#!/usr/bin/env python3
"""Writes the made-up benchmark folder that the sentences of sentences.tsv are about.

Nothing of it was measured. The numbers are drawn once from a seeded generator, so that
running this again writes the same bytes.
"""
import csv
import json
import pathlib
import random

ROOT = pathlib.Path(__file__).parent / "folder"
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


main()
