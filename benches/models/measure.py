#!/usr/bin/env python3
"""Whole reports with each model: which small model is the better fallback?

    python3 benches/models/measure.py [--seeds 3] [--json OUT] --models MODEL.gguf... --folders FOLDER...

For each model, folder and seed the program writes one report into a copy of the folder.
From the run record (prompts and raw answers, before anything is filtered) this counts:

  sentences    sentences the model wrote
  unbacked     share of sentences with a figure that stands nowhere in their prompt
  repeated     share of sentences that the same report already had
  taken        share of sentences that stand in the saved report
  loops        calls that the loop guard ended
  seconds      wall time of the whole report, load included

It shares no code with the program.
"""

import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "target/release/chimera-insight"
# A numeral that is not part of a name: `gemma3`, `p95`, `1b` and `v2` are names.
NUMERAL = re.compile(r"(?<![\w.:/-])[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w:/-]*[A-Za-z]\w*[\d:/])")
NUMBER_HEAD = re.compile(r"^\s*(?:#+\s*)?(?:[-*]\s+)?(?:\*\*)?\d+[.)]\s+")


def sentences(text):
    """Sentences of a Markdown text, list numbers and markers removed."""
    for line in text.splitlines():
        line = NUMBER_HEAD.sub("", line).strip(" \t#*->|`")
        for part in re.split(r"(?<=[.!?])\s+", line):
            if len(part.split()) >= 3:
                yield part.strip()


def numerals(text):
    return [match.group().replace(",", "").lstrip("+").rstrip(".") for match in NUMERAL.finditer(text)]


def known(numeral, prompt_values):
    """Does the prompt hold the figure, at the precision printed?"""
    decimals = len(numeral.partition(".")[2].partition("e")[0])
    value = float(numeral)
    return any(round(other, decimals) == value for other in prompt_values)


def normal(sentence):
    return re.sub(r"\W+", " ", sentence.lower()).strip()


def one_report(model, folder, seed, settings):
    with tempfile.TemporaryDirectory() as temporary:
        copy = pathlib.Path(temporary) / pathlib.Path(folder).name
        shutil.copytree(folder, copy)
        subprocess.run(["chmod", "-R", "u+w", str(copy)], check=True)
        command = [str(PROGRAM), "report", str(copy), "--json", "--model", str(model), "--set", f"seed={seed}"]
        for setting in settings:
            command += ["--set", setting]
        start = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True)
        seconds = time.monotonic() - start
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
        answer = json.loads(done.stdout)
        record = json.loads((copy / answer["record"]).read_text() if not pathlib.Path(answer["record"]).is_absolute() else pathlib.Path(answer["record"]).read_text())
        report_path = pathlib.Path(answer["report"])
        report = (report_path if report_path.is_absolute() else copy / report_path).read_text()
    report_normal = normal(report)
    count = unbacked = repeated = taken = loops = tokens = 0
    seen = set()
    for call in record["calls"]:
        prompt = "\n".join(block["text"] for block in call["prompt"]["blocks"])
        values = [float(numeral) for numeral in numerals(prompt)]
        loops += isinstance(call["stop"], dict)
        tokens += call["metrics"]["tokens"]
        for sentence in sentences(call["response"]):
            count += 1
            unbacked += any(not known(numeral, values) for numeral in numerals(sentence))
            repeated += normal(sentence) in seen
            taken += normal(sentence) in report_normal
            seen.add(normal(sentence))
    return {
        "model": pathlib.Path(model).stem, "folder": pathlib.Path(folder).name, "seed": seed, "sentences": count,
        "unbacked": unbacked, "repeated": repeated, "taken": taken, "loops": loops, "tokens": tokens, "seconds": round(seconds, 1),
        "throughput_tok_s": answer["metrics"]["throughput_tok_s"], "ttft_ms": answer["metrics"]["ttft_ms"],
        "grounding": answer["grounding"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--json", help="write every report's row here")
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--folders", nargs="+", required=True)
    arguments = parser.parse_args()
    rows = []
    for folder in arguments.folders:
        for model in arguments.models:
            for seed in range(1, arguments.seeds + 1):
                rows.append(one_report(model, folder, seed, arguments.settings))
                print(json.dumps(rows[-1]), file=sys.stderr)
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(rows, indent=1))
    print("| model | folder | reports | sentences | free of unbacked figures | repeated | taken over | loops | tok/s | TTFT | seconds |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for model in dict.fromkeys(row["model"] for row in rows):
        for folder in [*dict.fromkeys(row["folder"] for row in rows), None]:
            some = [row for row in rows if row["model"] == model and folder in (None, row["folder"])]
            total = sum(row["sentences"] for row in some) or 1
            share = lambda key: f"{100 * sum(row[key] for row in some) / total:.0f} %"
            median = lambda key: sorted(row[key] or 0 for row in some)[len(some) // 2]
            print(
                f"| {model} | {folder or 'all'} | {len(some)} | {total} | "
                f"{100 - 100 * sum(row['unbacked'] for row in some) / total:.0f} % | {share('repeated')} | {share('taken')} | "
                f"{sum(row['loops'] for row in some)} | {median('throughput_tok_s'):.1f} | {median('ttft_ms') / 1000:.1f} s | {median('seconds'):.0f} |"
            )


if __name__ == "__main__":
    main()
