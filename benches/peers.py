#!/usr/bin/env python3
"""The same files read by this program and by what people use for it today.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install polars pandas duckdb orjson
    cargo build --release --no-default-features
    /tmp/peers/bin/python benches/peers.py > peers.md

Makes a folder of CSV and JSON files and one large CSV file (the same ones every time), has
each peer read them in a process of its own, checks that all come to the same numbers, and
prints the tables as Markdown. A peer that is not installed, fails or takes too long is a row
that says so. Times are of reading and computing alone for the peers (their imports are not
in them), and of the whole process for this program. See benches/README.md.
"""

import argparse
import csv
import datetime
import glob
import importlib.util
import json
import math
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from array import array

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, "target", "release", "chimera-insight")

# The folder: what is compared in it is one column of all its CSV files.
FILES = 10_000
FOLDER_FIELD = "tokens_s"
# The large file.
CSV_MB = 1_000
CSV_FIELDS = ("tokens_s", "latency_ms")
CSV_HEADER = "timestamp,run,model,backend,num_gpu,num_ctx,temperature,ttft_ms,tokens_s,latency_ms,eval_count,gpu_temp_c\n"
BLOCK_ROWS = 1_000
BLOCKS = 300
# No peer may take longer for one reading, seconds.
LIMIT = 150
# A slower reading than this is not repeated.
SLOW = 8
MODELS = ("gemma3:270m", "gemma3:1b-it-qat", "gemma3:latest", "llama3.1:8b-instruct-q4_0")
# Equal results: sums are added up in other orders.
TOLERANCE = 1e-9


def main():
    arguments = parse_arguments()
    if arguments.peer:
        print(json.dumps(run_peer(arguments.peer, arguments.task, arguments.path)))
        return 0
    if not os.access(arguments.program, os.X_OK):
        sys.exit(f"{arguments.program} is not there: cargo build --release --no-default-features")
    work = arguments.work or tempfile.mkdtemp(prefix="chimera-insight-peers-")
    os.makedirs(work, exist_ok=True)
    try:
        return compare(arguments, work)
    finally:
        if not arguments.work:
            shutil.rmtree(work, ignore_errors=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--files", type=int, default=FILES, help="files of the folder (0: no folder)")
    parser.add_argument("--csv-mb", type=int, default=CSV_MB, help="megabytes of the large CSV file (0: none)")
    parser.add_argument("--rounds", type=int, default=3, help="readings of which the fastest counts")
    parser.add_argument("--work", help="where the files are made and kept (default: a temporary folder)")
    parser.add_argument("--program", default=PROGRAM, help="the release build")
    parser.add_argument("--only", help="peers to run, by comma (default: all)")
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--path", help=argparse.SUPPRESS)
    return parser.parse_args()


def compare(arguments, work):
    is_equal = True
    print(machine())
    if arguments.files:
        folder = os.path.join(work, f"folder-{arguments.files}")
        size = make_folder(folder, arguments.files)
        print(f"\n**{arguments.files:,} CSV and JSON files, {size / 1e6:.0f} MB**: every number read and gathered "
              f"by its field; for this program, every metric and its statistics.\n")
        is_equal &= table(arguments, "folder", folder, FOLDER_PEERS)
    if arguments.csv_mb:
        folder = os.path.join(work, f"csv-{arguments.csv_mb}")
        path, rows = make_csv(folder, arguments.csv_mb * 1_000_000)
        print(f"\n**One CSV file of {os.path.getsize(path) / 1e6:,.0f} MB, {rows:,} rows of 12 columns**: mean, median "
              f"and p99 of two columns.\n")
        is_equal &= table(arguments, "csv", path, CSV_PEERS)
    if not is_equal:
        print("\nNOT ALL RESULTS ARE EQUAL")
    return 0 if is_equal else 1


def machine():
    model, memory = platform.processor() or platform.machine(), 0
    try:
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), model)
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (OSError, ValueError):
        pass
    load = os.getloadavg()[0]
    return (f"{datetime.date.today().isoformat()}; {model}, {os.cpu_count()} cores, {memory:.0f} GiB; "
            f"{platform.system()} {platform.release()}, Python {platform.python_version()}; "
            f"load {load:.1f} at the start.")


def table(arguments, task, path, peers):
    print("| | seconds | ÷ this program | peak memory, MB | results |")
    print("|---|---|---|---|---|")
    rows = [("this program", ours(arguments, task, path))]
    wanted = arguments.only.split(",") if arguments.only else [name for name, _, _ in peers]
    for name, title, modules in peers:
        if name in wanted:
            rows.append((title, peer(arguments, name, modules, task, path)))
    base = rows[0][1]
    expected = next((row["result"] for _, row in rows if row.get("result")), None)
    is_equal = True
    for title, row in rows:
        if "error" in row:
            print(f"| {title} | – | – | – | {row['error']} |")
            is_equal &= row is not base
            continue
        is_same = equal(row["result"], expected)
        is_equal &= is_same
        ratio = f"{row['seconds'] / base['seconds']:.1f}" if "seconds" in base else "–"
        print(f"| {title} | {row['seconds']:.3f} | {ratio} | {row['peak'] / 1e6:,.0f} | "
              f"{'equal' if is_same else 'OTHERWISE: ' + json.dumps(row['result'])} |")
    return is_equal


def equal(one, other):
    return one.keys() == other.keys() and all(
        math.isclose(a, b, rel_tol=TOLERANCE) for key in one for a, b in zip(one[key], other[key], strict=True))


# ---- running ----------------------------------------------------------------------------


def ours(arguments, task, path):
    """The whole process, from its start to its end; then once more for the results."""
    if task == "folder":
        # Without ci95: a bootstrap of every series is what no peer computes.
        timed = [arguments.program, "metrics", path, "--stat", "n,mean,median,p99", "--json"]
        asked = [arguments.program, "metrics", path, "--file", "**/*.csv", "--field", FOLDER_FIELD, "--group-by", "none"]
    else:
        fields = [word for field in CSV_FIELDS for word in ("--field", field)]
        timed = [arguments.program, "metrics", os.path.dirname(path), "--file", os.path.basename(path), *fields,
                 "--stat", "mean,median,p99", "--json", "--raw"]
        asked = None
    try:
        best, peak, output = None, 0, b""
        for _ in range(arguments.rounds):
            seconds, memory, output = run(timed)
            best, peak = min(best or seconds, seconds), max(peak, memory)
            if seconds > SLOW:
                break
        if asked:
            _, _, output = run([*asked, "--stat", "mean,median,p99", "--json", "--raw"])
        result = {}
        for series in json.loads(output)["series"]:
            result[series["field"]] = [series[name] for name in ("mean", "median", "p99")]
        return {"seconds": best, "peak": peak, "result": result}
    except (subprocess.SubprocessError, OSError, ValueError, KeyError) as error:
        return {"error": f"failed: {short(error)}"}


def run(command):
    """Seconds, peak memory in bytes, standard output."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            raise subprocess.SubprocessError(errors.read().decode(errors="replace").strip())
        output.seek(0)
        return seconds, bytes_of(usage), output.read()


def peer(arguments, name, modules, task, path):
    missing = [module for module in modules if not is_installed(module)]
    if missing:
        return {"error": f"not installed: {', '.join(missing)}"}
    best = None
    for _ in range(arguments.rounds):
        command = [sys.executable, os.path.abspath(__file__), "--peer", name, "--task", task, "--path", path]
        try:
            done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return {"error": f"took longer than {LIMIT} s"}
        if done.returncode != 0:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            said = [line for line in lines if "Error" in line or "Exception" in line] or lines or [done.returncode]
            return {"error": f"failed: {short(said[-1])}"}
        row = json.loads(done.stdout)
        if best is None or row["seconds"] < best["seconds"]:
            best = {**row, "peak": max(row["peak"], best["peak"] if best else 0)}
        if row["seconds"] > SLOW:
            break
    return best


def is_installed(module):
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def run_peer(name, task, path):
    """In the peer's own process: imports first, then the clock."""
    _, modules = next((title, modules) for peer, title, modules in peers_of(task) if peer == name)
    loaded = [importlib.import_module(module) for module in modules]
    work = globals()[f"{task}_{name.replace('-', '_')}"]
    began = time.perf_counter()
    result = work(path, *loaded)
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "peak": bytes_of(resource.getrusage(resource.RUSAGE_SELF)), "result": result}


def bytes_of(usage):
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def short(text):
    return " ".join(str(text).split()).replace("|", "/")[:120]


# ---- peers: the folder ------------------------------------------------------------------

FOLDER_PEERS = [
    ("python", "Python, json and csv modules", []),
    ("pandas", "pandas, file by file, with json", ["pandas"]),
    ("polars", "polars, file by file, with orjson", ["polars", "orjson"]),
    ("duckdb", "DuckDB, by glob, its JSON reader", ["duckdb"]),
]


def folder_files(path):
    return sorted(glob.glob(os.path.join(path, "**", "*.*"), recursive=True))


def gather(value, name, numbers):
    """Every number of a JSON document by the path of its keys."""
    if isinstance(value, dict):
        for key, member in value.items():
            gather(member, f"{name}/{key}", numbers)
    elif isinstance(value, list):
        for element in value:
            gather(element, name, numbers)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        numbers.setdefault(name, []).append(value)


def folder_python(path):
    numbers, columns = {}, {}
    for name in folder_files(path):
        if name.endswith(".json"):
            with open(name, encoding="utf-8") as file:
                gather(json.load(file), "", numbers)
            continue
        with open(name, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for column, cell in row.items():
                    try:
                        columns.setdefault(column, []).append(float(cell))
                    except ValueError:
                        pass
    return {FOLDER_FIELD: statistics(columns[FOLDER_FIELD])}


def folder_pandas(path, pandas):
    numbers, frames = {}, []
    for name in folder_files(path):
        if name.endswith(".json"):
            with open(name, encoding="utf-8") as file:
                gather(json.load(file), "", numbers)
        else:
            frames.append(pandas.read_csv(name))
    values = pandas.concat([frame[FOLDER_FIELD] for frame in frames if FOLDER_FIELD in frame])
    return {FOLDER_FIELD: [values.mean(), values.median(), values.quantile(0.99)]}


def folder_polars(path, polars, orjson):
    numbers, columns = {}, []
    for name in folder_files(path):
        if name.endswith(".json"):
            with open(name, "rb") as file:
                gather(orjson.loads(file.read()), "", numbers)
        else:
            frame = polars.read_csv(name)
            if FOLDER_FIELD in frame.columns:
                columns.append(frame[FOLDER_FIELD].cast(polars.Float64))
    values = polars.concat(columns)
    return {FOLDER_FIELD: [values.mean(), values.median(), values.quantile(0.99, "linear")]}


def folder_duckdb(path, duckdb):
    base = duckdb.connect(config={"memory_limit": "4GB"})
    columns = f"avg({FOLDER_FIELD}), median({FOLDER_FIELD}), quantile_cont({FOLDER_FIELD}, 0.99)"
    found = base.execute(f"SELECT {columns} FROM read_csv('{path}/**/*.csv', union_by_name = true)").fetchone()
    base.execute(f"SELECT count(*) FROM (SELECT * FROM read_json_auto('{path}/**/*.json', union_by_name = true))").fetchone()
    return {FOLDER_FIELD: list(found)}


# ---- peers: the large file --------------------------------------------------------------

CSV_PEERS = [
    ("polars", "polars, lazy", ["polars"]),
    ("polars-streaming", "polars, streaming engine", ["polars"]),
    ("duckdb", "DuckDB", ["duckdb"]),
    ("pandas", "pandas, two columns", ["pandas"]),
    ("python", "Python, csv module", []),
]


def polars_frame(path, polars):
    wanted = []
    for field in CSV_FIELDS:
        column = polars.col(field)
        wanted += [column.mean().alias(f"{field} mean"), column.median().alias(f"{field} median"),
                   column.quantile(0.99, "linear").alias(f"{field} p99")]
    return polars.scan_csv(path).select(wanted)


def of_columns(values):
    """Three statistics for each field, in order."""
    return {field: list(values[3 * at:3 * at + 3]) for at, field in enumerate(CSV_FIELDS)}


def csv_polars(path, polars):
    return of_columns(polars_frame(path, polars).collect().row(0))


def csv_polars_streaming(path, polars):
    return of_columns(polars_frame(path, polars).collect(engine="streaming").row(0))


def csv_duckdb(path, duckdb):
    columns = [f"avg({field}), median({field}), quantile_cont({field}, 0.99)" for field in CSV_FIELDS]
    return of_columns(duckdb.execute(f"SELECT {', '.join(columns)} FROM read_csv('{path}')").fetchone())


def csv_pandas(path, pandas):
    frame = pandas.read_csv(path, usecols=list(CSV_FIELDS))
    return {field: [frame[field].mean(), frame[field].median(), frame[field].quantile(0.99)] for field in CSV_FIELDS}


def csv_python(path):
    columns = [array("d") for _ in CSV_FIELDS]
    with open(path, encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        one, other = (header.index(field) for field in CSV_FIELDS)
        for row in reader:
            columns[0].append(float(row[one]))
            columns[1].append(float(row[other]))
    return {field: statistics(column) for field, column in zip(CSV_FIELDS, columns, strict=True)}


def statistics(values):
    ordered = sorted(values)

    def percentile(share):
        at = share * (len(ordered) - 1)
        low = math.floor(at)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (at - low)

    return [math.fsum(ordered) / len(ordered), percentile(0.5), percentile(0.99)]


def peers_of(task):
    return FOLDER_PEERS if task == "folder" else CSV_PEERS


# ---- the files --------------------------------------------------------------------------


def make_folder(folder, files):
    """Shapes as benchmark programs write them, every figure another one; bytes written."""
    generator = random.Random(20_261_123)
    done = os.path.join(folder, ".done")
    if not os.path.exists(done):
        for index in range(files):
            below = os.path.join(folder, f"run{index // 200:04}")
            if index % 200 == 0:
                os.makedirs(below, exist_ok=True)
            name, text = one_file(generator, index)
            with open(os.path.join(below, name), "w", encoding="utf-8") as file:
                file.write(text)
        with open(done, "w", encoding="utf-8"):
            pass
    return sum(os.path.getsize(name) for name in folder_files(folder))


def one_file(generator, index):
    uniform, model = generator.uniform, generator.choice(MODELS)
    kind = index % 8
    if kind < 3:
        rows = [f"{index}-{row},{model},{generator.randrange(0, 99)},{generator.choice((2048, 4096, 8192))},"
                f"{generator.choice((0.2, 0.7, 1.0))},{uniform(80, 900):.4f},{uniform(20, 180):.6f},"
                f"{uniform(900, 9000):.3f},{generator.randrange(16, 900)}\n" for row in range((40, 8, 24)[kind])]
        header = "run_id,model,num_gpu,num_ctx,temperature,ttft_ms,tokens_s,total_ms,eval_count\n"
        return f"sweep_{index}.csv", header + "".join(rows)
    if kind < 6:
        runs = [{"prompt": f"prompt {run}", "model": model, "options": {"num_gpu": generator.randrange(0, 99)},
                 "tokens_per_second": uniform(20, 180), "ttft_ms": uniform(80, 900),
                 "eval_duration": generator.randrange(10**8, 10**10)} for run in range((0, 0, 0, 6, 24, 2)[kind])]
        return f"baseline_{index}.json", json.dumps({"model": model, "runs": runs}, indent=2)
    if kind == 6:
        samples = [{"timestamp": f"2026-01-01T00:00:{sample:02}Z", "gpu_util": uniform(0, 100),
                    "memory_used_mb": uniform(1000, 12000), "power_w": uniform(40, 180)} for sample in range(10)]
        return f"system_{index}.json", json.dumps({"gpu": {"name": "GPU", "samples": samples}})
    latencies = [round(uniform(1, 50), 6) for _ in range(30)]
    return f"trials_{index}.json", json.dumps({"backend": "jit", "batch_size": 8, "latency_ms": latencies})


def make_csv(folder, size):
    """Rows from blocks of random rows in random order; the path and the number of rows."""
    path = os.path.join(folder, "big.csv")
    count = os.path.join(folder, ".rows")
    if os.path.exists(count):
        with open(count, encoding="utf-8") as file:
            return path, int(file.read())
    os.makedirs(folder, exist_ok=True)
    generator = random.Random(1_123)
    uniform = generator.uniform
    blocks = []
    for _ in range(BLOCKS):
        model = generator.choice(MODELS)
        rows = [f"2026-01-{row % 28 + 1:02}T10:{row % 60:02}:00Z,{row},{model},eager,{row % 99},4096,0.7,"
                f"{uniform(80, 900):.4f},{uniform(20, 180):.6f},{generator.lognormvariate(5, 0.6):.5f},"
                f"{generator.randrange(16, 900)},{uniform(40, 85):.1f}\n" for row in range(BLOCK_ROWS)]
        blocks.append("".join(rows).encode())
    rows, written = 0, 0
    with open(path, "wb", buffering=1 << 20) as file:
        written += file.write(CSV_HEADER.encode())
        while written < size:
            written += file.write(generator.choice(blocks))
            rows += BLOCK_ROWS
    with open(count, "w", encoding="utf-8") as file:
        file.write(str(rows))
    return path, rows


if __name__ == "__main__":
    sys.exit(main())
