"""Lookup decoding on ten folders: tokens drafted and accepted, and tok/s over plain decoding.

    cargo build --release
    python3 benches/lookup.py --reports FOLDER --samples FOLDER MODEL.gguf…

For each folder, model and degree of writing the same report is written with `lookup` off, on and auto, in
turns, with one seed; rates are decode rates of the run record. `auto` has no seed set where `--unpinned` says so.
"""
import argparse
import json
import pathlib
import shutil
import statistics
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/release/chimera-insight"


def made(work):
    """Five folders of CSV files: names that come again and again, and figures that do not."""
    for number in range(5):
        folder = work / f"made-{number}"
        folder.mkdir()
        rows = ["model,prompt_tokens,throughput_tok_s,ttft_ms"]
        for row in range(40):
            rows.append(f"model-{chr(97 + row % (2 + number))},{128 << row % 3},{50 + row * 7 % 31}.{row % 10},{90 + row}")
        (folder / "runs.csv").write_text("\n".join(rows) + "\n")
        yield folder


def report(folder, model, settings):
    with tempfile.TemporaryDirectory() as work:
        copy = pathlib.Path(work) / folder.name
        shutil.copytree(folder, copy)
        words = [word for pair in settings.items() for word in ("--set", "%s=%s" % pair)]
        subprocess.run([str(PROGRAM), "report", str(copy), "--json", "--model", model, *words], capture_output=True,
                       check=True)
        records = [json.loads(path.read_text()) for path in (copy / "chimera_insight").rglob("*.json")]
        calls = [call["metrics"] for record in records for call in record.get("calls", [])]
    total = {name: sum(call[name] for call in calls) for name in
             ("tokens", "eval_ms", "drafted_tokens", "accepted_tokens")}
    total["rate"] = total["tokens"] / max(total["eval_ms"], 1e-9) * 1e3
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--reports", type=pathlib.Path, help="another folder of reports")
    parser.add_argument("--samples", type=pathlib.Path, help="a folder whose subfolders are taken, four at most")
    parser.add_argument("--writing", default="guided,free")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folders", type=int, default=10)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--unpinned", action="store_true", help="no seed: auto may draft where numbers round otherwise")
    arguments = parser.parse_args()
    print("| folder | model | writing | drafted, accepted (on) | on / off | auto drafted, accepted | auto / off |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        folders = [ROOT / "assets/demo"] + [folder for folder in [arguments.reports] if folder]
        if arguments.samples:
            folders += sorted(folder for folder in arguments.samples.iterdir() if folder.is_dir())[:4]
        folders = (folders + list(made(pathlib.Path(work))))[:arguments.folders]
        for folder in folders:
            for model in arguments.models:
                for writing in arguments.writing.split(","):
                    rounds = []
                    for number in range(arguments.rounds):
                        settings = {"writing": writing, "num_predict": arguments.tokens, "threads": 1,
                                    "prefix_cache": "off"}
                        if not arguments.unpinned:
                            settings["seed"] = number
                        order = ["off", "on", "auto"] if number % 2 == 0 else ["auto", "on", "off"]
                        rounds.append({lookup: report(folder, model, settings | {"lookup": lookup})
                                       for lookup in order})
                    ratio = {lookup: statistics.median(one[lookup]["rate"] / max(one["off"]["rate"], 1e-9)
                                                       for one in rounds) for lookup in ("on", "auto")}
                    drafts = {lookup: "%d, %d" % tuple(sum(one[lookup][name] for one in rounds)
                              for name in ("drafted_tokens", "accepted_tokens")) for lookup in ("on", "auto")}
                    print("| %s | %s | %s | %s | %.2f | %s | %.2f |" % (
                        folder.name, pathlib.Path(model).name, writing, drafts["on"], ratio["on"], drafts["auto"],
                        ratio["auto"]), flush=True)


if __name__ == "__main__":
    main()
