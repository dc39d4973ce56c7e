#!/usr/bin/env python3
"""Makes `tests/data/cases`: small result files of many shapes, and `tests/data/expected`: what their
statistics are, computed here and by other code than the program's.

    python3 tests/data/make_cases.py [FOLDER]

The same bytes each time; standard library only.
"""

import csv
import io
import json
import math
import random
import statistics
import sys
from pathlib import Path


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name in ("cases", "expected"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    expected = []
    for make in (bom_and_crlf, semicolons, quoted, failed, nanoseconds, columns, lines, units, named, many, not_finite):
        name, content, series = make(random.Random(make.__name__))
        data = content if isinstance(content, bytes) else content.encode()
        (folder / "cases" / name).write_bytes(data)
        expected += [{"file": name, **one} for one in series]
    text = "[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in expected) + "\n]\n"
    (folder / "expected" / "series.json").write_text(text, encoding="utf-8")
    print(f"{folder}: {len(expected)} series")


# --- what is expected ----------------------------------------------------------------------


def series(metric, unit, values, **group):
    """A metric's statistics in one group, by the definitions of the README."""
    ordered = sorted(values)
    mean = math.fsum(values) / len(values)
    deviation = statistics.stdev(values) if len(values) > 1 else None
    return {
        "metric": metric,
        "unit": unit,
        "group": group,
        "n": len(values),
        "mean": mean,
        "median": percentile(ordered, 50),
        "min": ordered[0],
        "max": ordered[-1],
        "p90": percentile(ordered, 90),
        "p95": percentile(ordered, 95),
        "p99": percentile(ordered, 99),
        "stddev": deviation,
        "cv": None if deviation is None or mean == 0 else deviation / mean,
    }


def percentile(ordered, percent):
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def grouped(metric, unit, rows, key, value, scale=1.0):
    """One expected series for each value of `key`."""
    found = {}
    for row in rows:
        found.setdefault(row[key], []).append(row[value] * scale)
    return [series(metric, unit, values, **{key: group}) for group, values in found.items()]


def number(source, low, high, digits=2):
    return round(low + (high - low) * source.random(), digits)


# --- the files -----------------------------------------------------------------------------


def runs(source, count=9):
    return [
        {"model": f"tiny-{'ab'[run % 2]}", "run": run, "rate": number(source, 40, 160), "first": number(source, 30, 900, 1)}
        for run in range(1, count + 1)
    ]


def bom_and_crlf(source):
    """As a spreadsheet saves it."""
    rows = runs(source)
    text = "model,run,Tokens/s,TTFT (ms)\r\n"
    text += "".join(f"{row['model']},{row['run']},{row['rate']},{row['first']}\r\n" for row in rows)
    expected = grouped("throughput", "tok/s", rows, "model", "rate") + grouped("ttft", "ms", rows, "model", "first")
    return "bom_crlf.csv", b"\xef\xbb\xbf" + text.encode(), expected


def semicolons(source):
    rows = runs(source)
    text = "model;run;tokens_s;ttft_ms\n"
    text += "".join(f"{row['model']};{row['run']};{row['rate']};{row['first']}\n" for row in rows)
    return "semicolons.csv", text, grouped("throughput", "tok/s", rows, "model", "rate")


def quoted(source):
    """Delimiters, line breaks and quotes inside cells."""
    rows = runs(source)
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["model", "run", "response", "tokens_per_second"])
    for row in rows:
        writer.writerow([row["model"], row["run"], 'He said "12,5",\nthen 99 tok/s.', row["rate"]])
    return "quoted.csv", out.getvalue(), grouped("throughput", "tok/s", rows, "model", "rate")


def failed(source):
    """Rows that say they failed, each in another way: none of their figures counts."""
    rows = runs(source)
    text = "model,run,tokens_s,status,error\n"
    text += "".join(f"{row['model']},{row['run']},{row['rate']},{('ok', 'success')[row['run'] % 2]},\n" for row in rows)
    text += "tiny-a,10,0.0,error,\ntiny-a,11,0.01,ok,CUDA out of memory\ntiny-b,12,9999,timed out,\n"
    expected = grouped("throughput", "tok/s", rows, "model", "rate")
    for one in expected:
        one["excluded"] = {"tiny-a": 2, "tiny-b": 1}[one["group"]["model"]]
    return "failed.csv", text, expected


def nanoseconds(source):
    """Ollama's durations, the model in the enclosing object."""
    calls = [
        {"load": source.randrange(10**8), "prompt": source.randrange(10**7, 10**9), "eval": source.randrange(10**8, 10**10)}
        for _ in range(7)
    ]
    document = {
        "model": "tiny-a",
        "runs": [
            {"run": run, "load_duration": call["load"], "prompt_eval_duration": call["prompt"], "eval_duration": call["eval"]}
            for run, call in enumerate(calls)
        ],
    }
    expected = [
        series(metric, "ms", [call[key] / 1e6 for call in calls], model="tiny-a")
        for metric, key in (("load_duration", "load"), ("prompt_eval_duration", "prompt"), ("eval_duration", "eval"))
    ]
    return "nanoseconds.json", json.dumps(document, indent=2) + "\n", expected


def columns(source):
    """A table whose columns are arrays."""
    rows = [{"backend": backend, "latency": number(source, 5, 50, 3)} for backend in ("cpu", "cuda") for _ in range(6)]
    table = {"backend": [row["backend"] for row in rows], "latency_ms": [row["latency"] for row in rows]}
    return "columns.json", json.dumps({"results": table}) + "\n", grouped("latency", "ms", rows, "backend", "latency")


def lines(source):
    """One object a line, an empty line among them, and none at the end."""
    rows = [
        {"concurrency": users, "tpot": number(source, 3, 30, 3)} for users in (1, 8) for _ in range(5)
    ]
    objects = [json.dumps({"concurrency": row["concurrency"], "tpot_ms": row["tpot"]}) for row in rows]
    text = "\n".join(objects[:4]) + "\n\n" + "\n".join(objects[4:])
    expected = grouped("tpot", "ms", rows, "concurrency", "tpot")
    for one in expected:
        one["group"]["concurrency"] = str(one["group"]["concurrency"])
    return "lines.jsonl", text, expected


def units(source):
    """Seconds and microseconds become milliseconds; a group of one, and one that never varies."""
    first = [number(source, 0.02, 1.5, 4) for _ in range(5)]
    text = "model\tttft_s\tlatency_us\n"
    text += "".join(f"tiny-a\t{value}\t1500\n" for value in first) + "tiny-b\t0.25\t1500\n"
    expected = [
        series("ttft", "ms", [value * 1000 for value in first], model="tiny-a"),
        series("ttft", "ms", [250.0], model="tiny-b"),
        series("latency", "ms", [1.5] * 5, model="tiny-a"),
    ]
    return "units.tsv", text, expected


def named(source):
    """The model stands in the file's name only."""
    rates = [number(source, 80, 120) for _ in range(6)]
    text = "run,tokens_s\n" + "".join(f"{run},{rate}\n" for run, rate in enumerate(rates))
    return "gemma3_270m_baseline.csv", text, [series("throughput", "tok/s", rates, model="gemma3:270m")]


def many(source):
    """A long tail, for the percentiles."""
    values = [round(5 / (1 - source.random() * 0.999), 3) for _ in range(1000)]
    text = "model,ttft_ms\n" + "".join(f"tiny-a,{value}\n" for value in values)
    return "many.csv", text, [series("ttft", "ms", values, model="tiny-a")]


def not_finite(source):
    """NaN and Infinity as Python writes them, and an empty cell: read, but no values."""
    rates = [number(source, 80, 120) for _ in range(4)]
    cells = [*(str(rate) for rate in rates), "NaN", "Infinity", "null"]
    text = '{"model": "tiny-a", "runs": [\n' + ",\n".join(f'  {{"tokens_s": {cell}}}' for cell in cells) + "\n]}\n"
    return "not_finite.json", text, [series("throughput", "tok/s", rates, model="tiny-a")]


if __name__ == "__main__":
    main()
