#!/usr/bin/env python3
"""Whole reports with each model in each degree of freedom: what is the freedom worth?

    python3 benches/models/measure.py [--seeds 10] [--degrees worded guided free unguarded]
        [--json OUT] --models MODEL.gguf... --folders FOLDER...

For each folder, model, degree and seed the program writes one report into a copy of the folder. Counted from
the run record, the saved report and `check`:

  sentences    sentences of the saved report's prose
  first try    share of them that the model wrote in this degree and that passed at the first try
  replaced     share of them that took another try or a lower degree
  own words    share of the prose's words that the model wrote in its own words (guided, free)
  chosen       share of the words that stand in sentences whose wording the model chose
  rejected     sentences that the gate turned away, for each report
  grounded     share of the saved report's figures that the folder bears out (`check`)
  confirmed    the same for its Evidence lines, by confirm_evidence.py, which shares no code with the program
  distinct     distinct sentences among all sentences of the reports of a folder
  repeated     sentences that the same report already had
  tok/s, TTFT, seconds, tokens    of the whole report; tokens are those sampled, rejected ones too

In the degree `unguarded` the model writes as it likes, figures too, and what the gate turns away afterwards is not
taken: the baseline. Of its raw answers `invented` is the share of sentences with a figure that stands nowhere in
their prompt. This script shares no code with the program.
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

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target/release/chimera-insight"
CONFIRM = ROOT / "benches/confirm_evidence.py"
DEGREES = ["worded", "guided", "free", "unguarded"]
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


def run(command, codes=(0,)):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode not in codes:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr.strip()}")
    return done


def invented(record):
    """Sentences of the raw answers, and those with a figure that their prompt does not hold."""
    count = unbacked = 0
    for call in record["calls"]:
        if call["title"] == "measuring the model":
            continue
        prompt = "\n".join(block["text"] for block in call["prompt"]["blocks"])
        values = [float(numeral) for numeral in numerals(prompt)]
        for sentence in sentences(call["response"]):
            count += 1
            unbacked += any(not known(numeral, values) for numeral in numerals(sentence))
    return count, unbacked


def one_report(model, folder, degree, seed, settings):
    with tempfile.TemporaryDirectory() as temporary:
        copy = pathlib.Path(temporary) / pathlib.Path(folder).name
        shutil.copytree(folder, copy)
        subprocess.run(["chmod", "-R", "u+w", str(copy)], check=True)
        command = [PROGRAM, "report", copy, "--json", "--model", model, "--set", f"seed={seed}"]
        for setting in [f"writing={degree}", *settings]:
            command += ["--set", setting]
        start = time.monotonic()
        answer = json.loads(run(command).stdout)
        seconds = time.monotonic() - start
        record = json.loads(pathlib.Path(answer["record"]).read_text())
        check = json.loads(run([PROGRAM, "check", answer["report"], "--data", copy, "--json"], (0, 1)).stdout)
        confirmed = run([sys.executable, CONFIRM, answer["report"]], (0, 1)).returncode == 0
    written = record["written"]
    words = lambda some: sum(len(sentence["text"].split()) for sentence in some)
    is_own = lambda sentence: sentence["by"] == "model" and sentence["degree"] in ("guided", "free", "unguarded")
    is_chosen = lambda sentence: sentence["by"] == "model" and sentence["degree"] == "worded"
    texts = [normal(sentence["text"]) for sentence in written]
    raw, unbacked = invented(record) if degree == "unguarded" else (0, 0)
    return {
        "model": pathlib.Path(model).stem,
        "folder": pathlib.Path(folder).name,
        "degree": degree,
        "seed": seed,
        "sentences": len(written),
        "first_try": sum(sentence["degree"] == degree and sentence["rejected"] == 0 for sentence in written),
        "replaced": sum(sentence["rejected"] > 0 for sentence in written),
        "words": words(written),
        "own": words(filter(is_own, written)),
        "chosen": words(filter(is_chosen, written)),
        "rejected": sum(rejected["section"] != "measuring the model" for rejected in record["rejected"]),
        "figures": check["figures"],
        "grounded": check["grounded"],
        "wrong": check["mismatched"] + check["ungrounded"],
        "confirmed": confirmed,
        "texts": texts,
        "repeated": len(texts) - len(set(texts)),
        "tokens": answer["metrics"]["tokens"] + record["metrics"]["rejected_tokens"],
        "throughput": answer["metrics"]["throughput_tok_s"],
        "ttft": answer["metrics"]["ttft_ms"],
        "seconds": seconds,
        "raw": raw,
        "invented": unbacked,
    }


def median(values):
    values = sorted(value or 0 for value in values)
    return values[len(values) // 2]


def row(some):
    total = lambda key: sum(one[key] for one in some)
    share = lambda part, whole: f"{100 * total(part) / (total(whole) or 1):.0f} %"
    distinct = every = 0
    for folder in {one["folder"] for one in some}:
        texts = [text for one in some if one["folder"] == folder for text in one["texts"]]
        distinct, every = distinct + len(set(texts)), every + len(texts)
    judged = total("grounded") + total("wrong")
    return [
        some[0]["model"],
        some[0]["degree"],
        len(some),
        f"{total('sentences') / len(some):.0f}",
        share("first_try", "sentences"),
        share("replaced", "sentences"),
        share("own", "words"),
        share("chosen", "words"),
        f"{total('rejected') / len(some):.0f}",
        f"{100 * total('grounded') / (judged or 1):.1f} %",
        f"{sum(one['confirmed'] for one in some)} of {len(some)}",
        f"{distinct} of {every}",
        total("repeated"),
        f"{median([one['throughput'] for one in some]):.0f}",
        f"{median([one['ttft'] for one in some]) / 1000:.1f} s",
        f"{median([one['seconds'] for one in some]):.0f}",
        f"{median([one['tokens'] for one in some]):.0f}",
        share("invented", "raw") if total("raw") else "–",
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--degrees", nargs="+", default=DEGREES, choices=DEGREES)
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--json", help="write every report's row here")
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--folders", nargs="+", required=True)
    arguments = parser.parse_args()
    rows = []
    for model in arguments.models:
        for degree in arguments.degrees:
            for folder in arguments.folders:
                for seed in range(1, arguments.seeds + 1):
                    rows.append(one_report(model, folder, degree, seed, arguments.settings))
                    told = {key: value for key, value in rows[-1].items() if key != "texts"}
                    print(json.dumps(told), file=sys.stderr, flush=True)
                    if arguments.json:
                        pathlib.Path(arguments.json).write_text(json.dumps(rows, indent=1))
    print(
        "| model | writing | reports | sentences | first try | replaced | own words | chosen | rejected | grounded "
        "| confirmed | distinct | repeated | tok/s | TTFT | seconds | tokens | invented |"
    )
    print("|" + "---|" * 18)
    for model in dict.fromkeys(one["model"] for one in rows):
        for degree in dict.fromkeys(one["degree"] for one in rows):
            some = [one for one in rows if (one["model"], one["degree"]) == (model, degree)]
            if some:
                print("| " + " | ".join(str(cell) for cell in row(some)) + " |")


if __name__ == "__main__":
    main()
