#!/usr/bin/env python3
"""The measurements of benches/gpu/run.sh; see there. Writes gpu.json and gpu.md into --out."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMPT = "Write a long and detailed essay about the history of the sea, its ships and its people."
# MiB that the filler leaves: less than any model, then less than a whole one.
LEFT = [64, 400]
SAMPLE_EVERY = 0.1


def run(command, **more):
    print("+ " + " ".join(map(str, command)), file=sys.stderr, flush=True)
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **more)


def smi(query, kind="gpu"):
    """Rows of nvidia-smi; none where there is no GPU."""
    if not shutil.which("nvidia-smi"):
        return []
    answer = run(["nvidia-smi", f"--query-{kind}={query}", "--format=csv,noheader,nounits"])
    return [[cell.strip() for cell in line.split(",")] for line in answer.stdout.splitlines()]


def used():
    rows = smi("memory.used")
    return sum(int(row[0]) for row in rows) if rows else None


class Session:
    def __init__(self, arguments):
        self.arguments = arguments
        self.program = arguments.bundle / "chimera-insight"
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="chimera-gpu-"))
        names = ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"]
        self.environment = {**os.environ, **{name: str(self.home / name) for name in names}}

    def command(self, *words, **more):
        environment = {**self.environment, **more}
        return run([self.program, *words], env=environment)

    def fail(self, what, answer):
        sys.exit(f"{what} failed with {answer.returncode}:\n{answer.stderr[-3000:]}")

    def layers(self):
        answer = self.command("models", "info", self.arguments.model, "--format", "json")
        if answer.returncode:
            self.fail("models info", answer)
        told = json.loads(answer.stdout)
        return int(told.get("layers") or told["header"]["layers"])

    def own(self, num_gpu):
        folder = self.home / f"bench-{num_gpu}"
        folder.mkdir()
        prompts = self.home / "prompts.txt"
        prompts.write_text(PROMPT + "\n")
        settings = {"num_gpu": num_gpu, "num_ctx": 1024, "num_predict": 8 if self.arguments.dry_run else 128}
        words = [word for pair in settings.items() for word in ("--set", "%s=%s" % pair)]
        # The standard points of 512 and 128 tokens take minutes on a processor.
        standard = [] if self.arguments.dry_run else [f"--standard={self.arguments.runs}"]
        answer = self.command("bench", "--model", self.arguments.model, "--json", "--force", *standard,
                              "--runs", self.arguments.runs, "--prompts", prompts, *words, folder)
        if answer.returncode:
            self.fail(f"bench with num_gpu={num_gpu}", answer)
        told = json.loads(answer.stdout)
        notes = [line for line in answer.stderr.splitlines() if line.startswith("note:")]
        points, environment = told["standard"] or {}, told["environment"]
        rate = lambda point: points.get(point, {}).get("median")
        return {"answer": told, "notes": notes, "tok_s": told["throughput_tok_s"]["median"],
                "ttft_ms": told["ttft_ms"]["median"], "pp512": rate("pp512_tok_s"), "tg128": rate("tg128_tok_s"),
                "num_gpu": environment["num_gpu"], "device": environment["device"]}

    def theirs(self, num_gpu, layers):
        bench = self.arguments.llama_bench or self.arguments.bundle / "llama-bench"
        if not bench.exists():
            return None
        answer = run([bench, "-m", self.arguments.model, "-p", "512", "-n", "128", "-r", self.arguments.runs, "-o", "json",
                      "-ngl", layers + 1 if num_gpu == "all" else num_gpu], env=self.environment)
        if answer.returncode:
            return {"error": answer.stderr[-500:]}
        rate = {(test["n_prompt"], test["n_gen"]): test["avg_ts"] for test in json.loads(answer.stdout)}
        return {"pp512": rate[512, 0], "tg128": rate[0, 128]}

    def report(self, name, *words, **more):
        """A whole report on a copy of the folder; what it took, and the most GPU memory meanwhile."""
        folder = self.home / f"reports-{name}"
        shutil.copytree(self.arguments.reports, folder)
        output = self.home / f"{name}.md"
        peak, done = [used() or 0], threading.Event()

        def watch():
            while not done.wait(SAMPLE_EVERY):
                peak.append(used() or 0)

        watcher = threading.Thread(target=watch)
        if smi("name"):
            watcher.start()
        began = time.monotonic()
        answer = self.command("report", "--model", self.arguments.model, "-o", output, *words, folder, **more)
        took = time.monotonic() - began
        done.set()
        if watcher.is_alive():
            watcher.join()
        text = output.read_text() if output.exists() else ""
        return {"exit": answer.returncode, "seconds": round(took, 2), "peak_mib": max(peak), "words": len(text.split()),
                "notes": [line for line in answer.stderr.splitlines() if line.startswith("note:")],
                "model": next((line for line in text.splitlines() if line.startswith("- **Model:**")), ""),
                "stderr": answer.stderr[-1500:] if answer.returncode else ""}

    def full(self, left):
        """A report while something else has taken the GPU's memory, but for so many MiB."""
        if self.arguments.dry_run:
            # GPUs that are made up: the first loads on them fail.
            return {"left_mib": left, **self.report(f"full-{left}", "--set", "num_predict=16", "--set", "num_gpu=all",
                                                    CHIMERA_INSIGHT_TEST_GPU=f"{left}:2")}
        filler = subprocess.Popen([str(self.arguments.fill), str(left)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        told = filler.stdout.readline().strip()
        try:
            return {"left_mib": left, "filler": told, **self.report(f"full-{left}", "--set", "num_gpu=all")}
        finally:
            filler.stdin.close()
            filler.wait()


def cell(value, digits=1):
    return "" if value is None else f"{value:.{digits}f}" if isinstance(value, float) else str(value)


def table(result):
    lines = [f"# On {result['gpu'] or 'no GPU (dry run)'}", "", f"Model `{result['model']}`, {result['layers']} layers, "
             f"medians of {result['runs']} runs.", "",
             "| num_gpu | layers there | tok/s | TTFT, ms | pp512 | llama-bench | ratio | tg128 | llama-bench | ratio |",
             "|---|---|---|---|---|---|---|---|---|---|"]
    for point in result["offload"]:
        own, other = point["own"], point["llama_bench"] or {}
        ratios = [own[name] / other[name] if own[name] and other.get(name) else None for name in ("pp512", "tg128")]
        cells = [point["num_gpu"], own["num_gpu"], own["tok_s"], own["ttft_ms"], own["pp512"], other.get("pp512"),
                 cell(ratios[0], 3), own["tg128"], other.get("tg128"), cell(ratios[1], 3)]
        lines.append("| " + " | ".join(map(cell, cells)) + " |")
    lines += ["", "| report | exit | seconds | words | GPU MiB before, at most, after | notes |", "|---|---|---|---|---|---|"]
    for name, report in [("whole", result["report"])] + [(f"GPU full but {full['left_mib']} MiB", full) for full in result["full"]]:
        memory = f"{cell(report.get('before_mib'))}, {report['peak_mib']}, {cell(report.get('after_mib'))}"
        lines.append(f"| {name} | {report['exit']} | {report['seconds']} | {report['words']} | {memory} | {'<br>'.join(report['notes'])} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bundle", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--reports", type=pathlib.Path, default=ROOT / "assets/demo")
    parser.add_argument("--llama-bench", type=pathlib.Path)
    parser.add_argument("--fill", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(os.environ.get("OUT", "target/gpu")))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--dry-run", action="store_true")
    arguments = parser.parse_args()
    arguments.model = (arguments.model or next(arguments.bundle.glob("*.gguf"))).absolute()
    arguments.reports = arguments.reports.resolve()
    arguments.out.mkdir(parents=True, exist_ok=True)
    session = Session(arguments)
    layers = session.layers()
    result = {"gpu": ", ".join(" ".join(row) for row in smi("name,driver_version,memory.total")), "model": arguments.model.name,
              "layers": layers, "runs": arguments.runs, "offload": [], "full": []}

    def save():
        # After each step: what was measured is not lost when a later one fails or time is up.
        (arguments.out / "gpu.json").write_text(json.dumps(result, indent=1) + "\n")
    # Nothing can be offloaded in a dry run.
    for num_gpu in [0] if arguments.dry_run else [0, (layers + 1) // 2, "all"]:
        own = session.own(num_gpu)
        result["offload"].append({"num_gpu": num_gpu, "own": own, "llama_bench": session.theirs(num_gpu, layers)})
        save()
    before = used()
    few = ["--set", "num_predict=16"] if arguments.dry_run else []
    result["report"] = {"before_mib": before, **session.report("whole", *few)}
    result["report"]["after_mib"] = used()
    save()
    for left in LEFT:
        result["full"].append(session.full(left))
        save()
    text = table(result)
    (arguments.out / "gpu.md").write_text(text)
    print(text)
    failed = [report for report in [result["report"], *result["full"]] if report["exit"]]
    # A full GPU must not fail a report either: it goes to the processor.
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
