#!/usr/bin/env python3
"""Does every Evidence line of a report come out again from the source rows?

    python3 benches/confirm_evidence.py REPORT.md [DIR]

Shares no code with the program and needs nothing but Python. It reads the report's Evidence
table, takes from the run record beside the report (REPORT.json) where each fact's rows are,
reads those rows itself from the CSV, JSON and text files of the folder, computes the
statistic, converts the unit, and holds the outcome against the value that is printed and the
value that is recorded. DIR is, by default, the folder whose chimera_insight/ holds the
report.

Prints one line for each that does not agree or cannot be computed, with the reason, and how
many of how many agree. Ends with 1 unless all do, with 2 on wrong use, with 3 when report or
record cannot be read.
"""

import argparse
import csv
import datetime
import hashlib
import io
import json
import math
import os
import re
import sys

# A printed value keeps four digits; a recorded one is a double written in decimal.
PRINTED = 5.1e-4
RECORDED = 1e-9
KINDS = {
    "csv files": (".csv", ".tsv"),
    "json files": (".json", ".jsonl", ".ndjson"),
    "markdown files": (".md", ".markdown"),
    "text files": (".txt", ".log"),
}
OWN_FOLDER = "chimera_insight"
MARKER = "<!-- chimera-insight:report -->"
# From the unit at the end of a field's name, in its brackets or of its row to milliseconds.
MILLISECONDS = {
    "s": 1000.0, "sec": 1000.0, "secs": 1000.0, "second": 1000.0, "seconds": 1000.0,
    "ms": 1.0, "msec": 1.0, "millis": 1.0, "milliseconds": 1.0,
    "us": 1e-3, "µs": 1e-3, "μs": 1e-3, "usec": 1e-3, "microseconds": 1e-3,
    "ns": 1e-6, "nsec": 1e-6, "nanoseconds": 1e-6, "min": 60000.0, "minutes": 60000.0,
}
MEBIBYTES = {
    "b": 2.0**-20, "bytes": 2.0**-20, "kib": 2.0**-10, "kb": 2.0**-10, "mib": 1.0, "mb": 1.0,
    "gib": 1024.0, "gb": 1024.0,
}
# What a field may be written in when it does not say: the tool knows. Which of them it was is
# then read off the first value, and must hold for all statistics of the series.
GUESSES = {
    "ms": (1.0, 1000.0, 1e-3, 1e-6, 60000.0),
    "MiB": (1.0, 2.0**-10, 2.0**-20, 1024.0, 1e6 / 2.0**20, 1e3 / 2.0**20, 1e9 / 2.0**20),
    "W": (1.0, 1e-3, 1e3),
    "%": (1.0, 100.0),
    "tok/s": (1.0, 1000.0),
    "J/token": (1.0, 1e-3),
}
# What a setting is also called.
ALIASES = {"temperature": ("temp",), "numthread": ("threads", "nthreads"), "numgpu": ("ngpulayers",), "numctx": ("nctx",)}
FAILURES = ("error", "failed", "failure", "fail", "timeout", "timed out", "timed_out", "oom", "crashed", "aborted")


INTERVALS = {}


class Unknown(Exception):
    """It cannot be computed, and why."""


class Leaf:
    """A value of a JSON file: where it is, in which line, and what holds it."""

    def __init__(self, path, value, line, parents):
        self.path, self.value, self.line, self.parents = path, value, line, parents

    def name(self):
        return [str(part) for part in self.path if not isinstance(part, int)]

    def indices(self):
        return [part for part in self.path if isinstance(part, int)]


class Lines(json.JSONDecoder):
    """The decoder of the json module, asked value by value, so that lines are known."""

    BLANK = re.compile(r"[ \t\r\n]*")
    NUMBER = re.compile(r"-?(?:Infinity|NaN|(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)|[+]?NaN|null|true|false")

    def leaves(self, text):
        self.text, self.found, self.starts = text, [], [0]
        self.starts.extend(at + 1 for at, character in enumerate(text) if character == "\n")
        self.value(self.skip(0), (), ())
        return self.found

    def line(self, at):
        low, high = 0, len(self.starts)
        while low + 1 < high:
            middle = (low + high) // 2
            if self.starts[middle] <= at:
                low = middle
            else:
                high = middle
        return low + 1

    def skip(self, at):
        return self.BLANK.match(self.text, at).end()

    def value(self, at, path, parents):
        mark = self.text[at : at + 1]
        if mark in ("{", "["):
            return self.container(at, mark, path, parents)
        if mark == '"':
            value, end = json.decoder.scanstring(self.text, at + 1, False)
        else:
            match = self.NUMBER.match(self.text, at)
            if not match:
                raise ValueError(f"no value at line {self.line(at)}")
            word, end = match.group(), match.end()
            value = {"null": None, "true": True, "false": False}.get(word, word)
            if isinstance(value, str):
                value = float(word)
        self.found.append(Leaf(path, value, self.line(at), parents))
        return end

    def container(self, at, mark, path, parents):
        close = "}" if mark == "{" else "]"
        own = {"line": self.line(at), "path": path}
        parents = parents + (own,)
        at, index = self.skip(at + 1), 0
        while self.text[at : at + 1] != close:
            key = index
            if mark == "{":
                key, at = json.decoder.scanstring(self.text, at + 1, False)
                at = self.skip(self.skip(at) + 1)
            at = self.skip(self.value(at, path + (key,), parents))
            if self.text[at : at + 1] == ",":
                at = self.skip(at + 1)
            elif self.text[at : at + 1] != close:
                raise ValueError(f"no end at line {self.line(at)}")
            index += 1
        return at + 1


def read_text(path):
    with open(path, "rb") as file:
        data = file.read()
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if data.startswith(mark):
            return data.decode(encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def number(cell):
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, (int, float)):
        return float(cell)
    text = re.sub(r"(?<=\d),(?=\d{3}(\D|$))", "", cell.strip())
    match = re.fullmatch(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*[^\d\s]{0,12}", text)
    return float(match.group(1)) if match else None


def runs(text):
    """`2-37 40 4-26/11 1*5` as numbers."""
    for run in text.split():
        if "*" in run:
            first, count = run.split("*")
            yield from [int(first)] * int(count)
        elif "-" in run:
            span, _, step = run.partition("/")
            first, last = span.split("-")
            yield from range(int(first), int(last) + 1, int(step or 1))
        else:
            yield int(run)


def plain(name):
    """A name without what may be written differently."""
    return re.sub(r"[^a-z0-9]+", "", re.sub(r"\s*[\[(].*?[\])]\s*$", "", name).lower())


class Folder:
    """The files, each read once."""

    def __init__(self, root):
        self.root, self.tables, self.documents, self.texts = root, {}, {}, {}

    def path(self, name):
        path = os.path.join(self.root, *name.split("/"))
        real, root = os.path.realpath(path), os.path.realpath(self.root)
        if os.path.commonpath((real, root)) != root or os.path.islink(path):
            raise Unknown(f"`{name}` is not in the folder")
        if not os.path.isfile(path):
            raise Unknown(f"there is no file `{name}`")
        return path

    def text(self, name):
        if name not in self.texts:
            self.texts[name] = read_text(self.path(name))
        return self.texts[name]

    def table(self, name):
        """Records of a CSV file with the line on which each starts."""
        if name not in self.tables:
            text = self.text(name)
            head = text.split("\n", 1)[0]
            delimiter = max("\t,;|", key=head.count)
            # A quote that is never closed is a character like any other.
            quoting = csv.QUOTE_NONE if text.count('"') % 2 else csv.QUOTE_MINIMAL
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
            records, start = [], 1
            for record in reader:
                if delimiter == ";":
                    # Where fields are parted by semicolons, decimals have commas.
                    record = [re.sub(r"^([-+]?\d+),(\d+)$", r"\1.\2", cell.strip()) for cell in record]
                records.append((start, record))
                start = reader.line_num + 1
            self.tables[name] = records
        return self.tables[name]

    def leaves(self, name):
        if name not in self.documents:
            text = self.text(name)
            if name.lower().endswith((".jsonl", ".ndjson")):
                leaves = []
                for at, line in enumerate(text.split("\n")):
                    if line.strip():
                        for leaf in Lines().leaves(line):
                            shift = tuple(dict(own, line=own["line"] + at) for own in leaf.parents)
                            leaves.append(Leaf((at,) + leaf.path, leaf.value, leaf.line + at, shift))
                self.documents[name] = leaves
            else:
                start = min((text.find(mark) for mark in "{[" if mark in text), default=0)
                shift = text[:start].count("\n")
                leaves = Lines().leaves(text[start:])
                for leaf in leaves:
                    leaf.line += shift
                    leaf.parents = tuple(dict(own, line=own["line"] + shift) for own in leaf.parents)
                self.documents[name] = leaves
        return self.documents[name]


def csv_values(folder, name, field, lines, group):
    """The numbers of a column at lines, and the unit that its head or rows name."""
    records = folder.table(name)
    base, _, nth = field.partition("#")
    column = head_line = None
    for line, record in records[:12]:
        cells = [cell.strip().lstrip("\ufeff") for cell in record]
        found = [at for at, cell in enumerate(cells) if cell == base or plain(cell) == plain(base)]
        exact = [at for at in found if cells[at] == field]
        if found:
            column = exact[0] if exact else found[min(int(nth or 1) - 1, len(found) - 1)]
            head, head_line = cells, line
            break
    if column is None:
        raise Unknown(f"`{name}` has no column `{field}`")
    by_line = dict(records)
    unit = re.search(r"[\[(]([^\])]+)[\])]\s*$", head[column])
    unit = unit.group(1) if unit else None
    second = by_line.get(head_line + 1, [])
    if unit is None and head_line + 1 not in lines and column < len(second) and number(second[column]) is None:
        unit = second[column].strip() or None
    of_group = [
        (at, value) for key, value in group.items() for at, cell in enumerate(head) if plain(cell) == plain(key)
    ]
    values = []
    for line in lines:
        record = by_line.get(line)
        if record is None:
            raise Unknown(f"`{name}` has no row at line {line}")
        # Rows with fields missing before the column keep their place from the end.
        at = column
        value = number(record[at]) if at < len(record) else None
        if value is None:
            raise Unknown(f"{name}:{line} has no number in `{field}`")
        for where, wanted in of_group:
            cell = record[where].strip() if where < len(record) else ""
            if cell and cell != wanted and number(cell) != number(wanted):
                raise Unknown(f"{name}:{line} is of `{cell}`, not of `{wanted}`")
        values.append(value)
    return values, unit


def json_values(folder, name, field, lines, indices):
    """The numbers of a key at rows; a row is a line and an index in its array."""
    keys = field.split(".")
    leaves = [
        leaf
        for leaf in folder.leaves(name)
        if isinstance(leaf.value, float) and (leaf.name()[-len(keys) :] == keys or leaf.name()[-1:] == [field])
    ]
    if not leaves:
        leaves = [
            leaf
            for leaf in folder.leaves(name)
            if isinstance(leaf.value, float) and any(plain(part) == plain(field) for part in leaf.name())
        ]
    if not leaves:
        raise Unknown(f"`{name}` has no key `{field}`")
    values = []
    for line, index in zip(lines, indices):
        # The row begins where the innermost object begins, or is the number itself.
        near = [leaf for leaf in leaves if leaf.line == line or leaf.parents[-1]["line"] == line]
        near = near or [leaf for leaf in leaves if any(own["line"] == line for own in leaf.parents)]
        if not near:
            # Arrays beside each other are one table: its rows stand where the first of them does.
            beside = {leaf.path[:-2] for leaf in folder.leaves(name) if leaf.line == line and leaf.indices()}
            near = [leaf for leaf in leaves if leaf.path[:-2] in beside]
        shallow = [leaf for leaf in near if leaf.parents and leaf.parents[-1]["line"] == line] or near
        if len(shallow) > 1:
            own = [leaf for leaf in near if leaf.indices() and leaf.indices()[-1] == index]
            shallow = own or shallow
        if len(shallow) > 1:
            shallow = shallow[index : index + 1] or shallow
        if len(shallow) != 1:
            raise Unknown(f"{name}:{line} has {len(shallow)} numbers of `{field}` for row {index}")
        values.append(shallow[0].value)
    return values, None


def unit_of_name(field, known):
    words = re.split(r"[^A-Za-zµμ]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", field))
    words = [word.lower() for word in words if word]
    last = words[-1] if words else ""
    return last if last in known and len(words) > 1 else None


def factor_of(field, written, unit):
    """From the file's unit to the series'; None where neither name nor file says it."""
    known = {"ms": MILLISECONDS, "MiB": MEBIBYTES}.get(unit)
    if known is None:
        return 1.0 if unit in ("tok/s", "req/s", "tokens", "", "°C") else None
    for name in (written, unit_of_name(field, known)):
        if name and name.strip().lower() in known:
            return known[name.strip().lower()]
    return None


def percentile(ordered, percent):
    rank = percent / 100.0 * (len(ordered) - 1)
    below = math.floor(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (rank - below)


def statistic(name, values):
    ordered = sorted(values)
    if name == "n":
        return float(len(values))
    if not values:
        raise Unknown("there is no value")
    if name == "mean":
        return math.fsum(values) / len(values)
    if name == "median":
        return percentile(ordered, 50)
    if name == "min":
        return ordered[0]
    if name == "max":
        return ordered[-1]
    if name == "sd":
        if len(values) < 2:
            raise Unknown("one value has no deviation")
        mean = math.fsum(values) / len(values)
        return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    if name == "cv":
        return 100.0 * statistic("sd", values) / abs(statistic("mean", values))
    if name in ("ci95_low", "ci95_high"):
        return median_interval(ordered)[name == "ci95_high"]
    match = re.fullmatch(r"p(\d+(?:\.\d+)?)", name)
    if match:
        return percentile(ordered, float(match.group(1)))
    raise Unknown(f"`{name}` is no statistic that is computed here")


def median_interval(ordered):
    """95 % interval of the median: percentile bootstrap of 2,000 resamples, its random numbers
    from SplitMix64 with the seed that the program documents."""
    key = tuple(ordered)
    if key not in INTERVALS:
        if len(ordered) < 2 or len(ordered) > 20_000:
            raise Unknown(f"no interval of {len(ordered)} values is computed here")
        state, mask, medians = 0x5EED_0FC4_1AE5_A001, (1 << 64) - 1, []
        for _ in range(2000):
            picks = []
            for _ in ordered:
                state = (state + 0x9E37_79B9_7F4A_7C15) & mask
                mixed = ((state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9) & mask
                mixed = ((mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB) & mask
                picks.append(((mixed ^ (mixed >> 31)) * len(ordered)) >> 64)
            picks.sort()
            middle = len(picks) // 2
            upper = ordered[picks[middle]]
            odd = len(picks) % 2
            medians.append(upper if odd else (ordered[picks[middle - 1]] + upper) / 2)
        medians.sort()
        INTERVALS[key] = (percentile(medians, 2.5), percentile(medians, 97.5))
    return INTERVALS[key]


def average_ranks(values):
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks, at = [0.0] * len(values), 0
    while at < len(order):
        end = at
        while end < len(order) and values[order[end]] == values[order[at]]:
            end += 1
        for same in order[at:end]:
            ranks[same] = (at + end + 1) / 2.0
        at = end
    return ranks


def squares(values):
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values)


def correlation(one, other):
    means = math.fsum(one) / len(one), math.fsum(other) / len(other)
    joint = math.fsum((a - means[0]) * (b - means[1]) for a, b in zip(one, other))
    return joint / math.sqrt(squares(one) * squares(other))


class Confirm:
    def __init__(self, record, folder):
        self.record, self.folder = record, folder
        self.facts = {fact["id"]: fact for fact in record["facts"]}
        self.series = {fact: series for series in record.get("series", []) for fact in series["facts"]}
        self.values, self.factors = {}, {}
        self.guessed = set()

    def written(self, series):
        """The numbers of a series in the files' own unit, with the unit each file names."""
        key = id(series)
        if key not in self.values:
            all_values = []
            for rows in series["rows"]:
                name = rows["path"]
                if rows["lines"] is None or rows["indices"] is None:
                    raise Unknown(f"the rows of `{name}` are too many to be in the record")
                lines, indices = list(runs(rows["lines"])), list(runs(rows["indices"]))
                values, unit = self.read(name, series["field"], lines, indices, series["group"])
                all_values.append((values, factor_of(series["field"], unit, series["unit"])))
            self.values[key] = all_values
        return self.values[key]

    def read(self, name, field, lines, indices, group):
        lower = name.lower()
        if lower.endswith((".csv", ".tsv")):
            return csv_values(self.folder, name, field, lines, group)
        if lower.endswith((".json", ".jsonl", ".ndjson")):
            return json_values(self.folder, name, field, lines, indices)
        return text_values(self.folder, name, field, lines)

    def numbers(self, series, keep=lambda cold: True, paths=None):
        """The numbers of a series in its unit, those that are kept by how their run started."""
        parts = self.written(series)
        known = [factor for _, factor in parts if factor is not None]
        settled = self.factors.get(id(series))
        if len(known) < len(parts) and settled is None:
            settled = self.settle(series, parts)
        numbers = []
        for (values, factor), rows in zip(parts, series["rows"]):
            if paths is None or rows["path"] in paths:
                cold = set(runs(rows.get("cold") or ""))
                numbers += [v * (factor or settled) for at, v in enumerate(values) if keep(at in cold)]
        return numbers

    def settle(self, series, parts):
        """The factor of a unit that nothing names: the one that gives a recorded value."""
        facts = [self.facts[name] for name in series["facts"] if name in self.facts]
        for guess in GUESSES.get(series["unit"], (1.0,)):
            numbers = [v * (factor or guess) for values, factor in parts for v in values]
            for fact in facts:
                if fact["statistic"] in ("median", "mean", "max") and fact["value"] != 0.0:
                    if is_near(statistic(fact["statistic"], numbers), fact["value"], RECORDED):
                        self.factors[id(series)] = guess
                        self.guessed.update(f["id"] for f in facts if f["statistic"] != "n")
                        return guess
        return 1.0

    def of_series(self, fact, series):
        name = fact["statistic"]
        if name.startswith(("warm_", "cold_")):
            is_cold = name.startswith("cold_")
            return statistic(name[5:], self.numbers(series, lambda cold: cold == is_cold))
        return statistic(name, self.numbers(series))

    def of_two(self, fact):
        """A group beside another: both medians, and what lies between them."""
        medians = []
        for group in (fact["group"], fact["other"]):
            found = [
                series
                for series in self.record.get("series", [])
                if series["metric"] == fact["subject"]
                and ", ".join(f"{key}={value}" for key, value in series["group"].items()) == group
                and any(rows["path"] == source["path"] for rows in series["rows"] for source in fact["sources"])
                and any(series["field"] == source["field"] for source in fact["sources"])
            ]
            if not found:
                raise Unknown(f"no series of `{group}` is in the record")
            medians.append(found)
        name = fact["statistic"]
        pairs = []
        for own, other in ((own, other) for own in medians[0] for other in medians[1]):
            # Where a side has cold runs, warm ones alone are held against each other.
            warm = [[v for v in self.numbers(series, lambda cold: not cold)] for series in (own, other)]
            if all(warm):
                pairs.append(tuple(statistic("median", values) for values in warm))
            else:
                pairs.append(tuple(statistic("median", self.numbers(series)) for series in (own, other)))
        compute = {
            "difference": lambda own, other: own - other,
            "change": lambda own, other: (own - other) / abs(other) * 100.0,
            "ratio": lambda own, other: max(own / other, other / own),
        }[name]
        return min((compute(own, other) for own, other in pairs if other), key=lambda v: abs(v - fact["value"]))

    def of_files(self, fact):
        """A statistic over all rows of its files, whatever series they are in."""
        wanted = {(source["path"], source["field"]): source["rows"] for source in fact["sources"]}
        numbers, counts = [], dict.fromkeys(wanted, 0)
        for series in self.record.get("series", []):
            if series["metric"] != fact["subject"] or series["nature"] != "sample":
                continue
            paths = {path for path, field in wanted if field == series["field"]}
            numbers += self.numbers(series, paths=paths)
            for rows in series["rows"]:
                if (rows["path"], series["field"]) in counts:
                    counts[rows["path"], series["field"]] += rows["count"]
        if counts != wanted:
            numbers = self.of_level(fact, wanted)
        return statistic(fact["statistic"], numbers)

    def of_level(self, fact, wanted):
        """The values of the rows that have the settings of the fact's group."""
        settings = dict(part.split("=", 1) for part in fact["group"].split(", ") if "=" in part)
        paths, fields = {path for path, _ in wanted}, {field for _, field in wanted}
        numbers = []
        for place, found in self.placed(fact["subject"], fields, paths).items():
            levels = {key: self.level(key, place, found) for key in settings}
            if all(is_level(levels[key], value) for key, value in settings.items()):
                numbers.append(found[0])
        if not settings or len(numbers) != sum(wanted.values()):
            raise Unknown("the record does not say which rows it is of")
        return numbers

    def placed(self, metric, fields, paths=None):
        """Every value of a metric by file, line and index: number, cold or not, group."""
        values = {}
        for series in self.record.get("series", []):
            if series["metric"] != metric or series["nature"] != "sample" or series["field"] not in fields:
                continue
            numbers = iter(self.numbers(series, paths=paths))
            for rows in series["rows"]:
                if paths is not None and rows["path"] not in paths:
                    continue
                cold = set(runs(rows.get("cold") or ""))
                for at, (line, index) in enumerate(zip(runs(rows["lines"]), runs(rows["indices"]))):
                    values[rows["path"], line, index] = (next(numbers), at in cold, series["group"])
        return values

    def of_step(self, fact):
        """The warm level before and after a step, up to the steps beside it."""
        source = fact["sources"][0]
        same = lambda other: (other["subject"], other["group"], other["sources"][0]["field"]) == (
            fact["subject"], fact["group"], source["field"])
        steps = {
            (other["sources"][0]["path"], other["sources"][0]["line"])
            for other in self.record["facts"]
            if other["statistic"] in ("before", "after", "step") and same(other)
        }
        for series in self.record.get("series", []):
            group = ", ".join(f"{key}={value}" for key, value in series["group"].items())
            if (series["metric"], group, series["field"]) != (fact["subject"], fact["group"], source["field"]):
                continue
            steps |= {(path, line) for path, line in series.get("steps", [])}
            levels, begun = [[]], [None]
            values = self.placed(fact["subject"], {source["field"]})
            for place, (value, cold, of) in values.items():
                if of != series["group"]:
                    continue
                if place[:2] in steps:
                    levels.append([])
                    begun.append(place[:2])
                if not cold:
                    levels[-1].append(value)
            at = begun.index((source["path"], source["line"]))
            before, after = statistic("median", levels[at - 1]), statistic("median", levels[at])
            return {"before": before, "after": after, "step": (after - before) / abs(before) * 100.0}[
                fact["statistic"]
            ]
        raise Unknown("its series is not in the record")

    def of_share(self, fact):
        """How much of the spread levels (adjusted epsilon squared) or another measure of the
        same rows (adjusted R squared) explain, of the values or of their ranks."""
        paths = {source["path"] for source in fact["sources"]}
        fields = {source["field"] for source in fact["sources"]}
        values = self.placed(fact["subject"], fields, paths)
        group = dict(pair.split("=", 1) for pair in fact["group"].split(", ") if "=" in pair)
        values = {
            place: found for place, found in values.items()
            if all(str(found[2].get(key)) == value for key, value in group.items())
        }
        beside = {
            place: found[0]
            for place, found in self.placed(fact["driver"], self.fields(fact["driver"])).items()
            if place in values
        }
        ranked = fact["statistic"] == "rank_share"
        if beside:
            places = list(beside)
            one, other = [values[place][0] for place in places], [beside[place] for place in places]
            if ranked:
                one, other = average_ranks(one), average_ranks(other)
            r, n = correlation(one, other), len(places)
            return 100.0 * max(0.0, 1.0 - (1.0 - r * r) * (n - 1.0) / (n - 2.0))
        levels = {place: self.level(fact["driver"], place, found) for place, found in values.items()}
        places = [place for place in values if levels[place] is not None]
        numbers = [values[place][0] for place in places]
        numbers = average_ranks(numbers) if ranked else numbers
        cells = {}
        for place, value in zip(places, numbers):
            cells.setdefault(levels[place], []).append(value)
        within = sum(squares(cell) for cell in cells.values())
        n, k = len(numbers), len(cells)
        if n <= k or k < 2:
            raise Unknown(f"`{fact['driver']}` parts nothing in the rows of the record")
        return 100.0 * max(0.0, 1.0 - (within / (n - k)) / (squares(numbers) / (n - 1)))

    def fields(self, metric):
        return {series["field"] for series in self.record.get("series", []) if series["metric"] == metric}

    def level(self, driver, place, found):
        """What stands for a driver in a row: its start, its group, its column or key."""
        path, line, index = place
        if driver == "start":
            return "cold" if found[1] else "warm"
        if driver in found[2]:
            return str(found[2][driver])
        names = (plain(driver), *ALIASES.get(plain(driver), ()))
        if path.lower().endswith((".csv", ".tsv")):
            records = self.folder.table(path)
            head = [plain(cell) for cell in records[0][1]]
            row = dict(records)[line]
            cells = [(name, row[head.index(name)].strip()) for name in names if name in head]
            for cell in row:
                if cell.startswith("{"):
                    # A cell may hold an object of settings.
                    inside = {plain(key): str(value) for key, value in json.loads(cell).items()}
                    cells += [(name, inside[name]) for name in names if name in inside]
            value = cells[0][1] if cells else None
            return value or None if number(value) is None else str(number(value))
        leaves = self.folder.leaves(path)
        near = [leaf for leaf in leaves if leaf.parents and leaf.parents[-1]["line"] == line]
        inside = near[0].path[:-1] if near else ()
        named = [leaf for leaf in leaves if leaf.path and plain(str(leaf.path[-1])) in names]
        holds = [leaf for leaf in named if leaf.path[:-1] == inside]
        holds = holds or [leaf for leaf in named if not leaf.indices()]
        return str(holds[0].value) if holds else None

    def of_file(self, fact, path):
        """A statistic of the rows of one file in the series of a group."""
        group = ", ".join(part for part in fact["group"].split(", ") if not part.startswith("file="))
        fields = {source["field"] for source in fact["sources"]}
        for series in self.record.get("series", []):
            own = ", ".join(f"{key}={value}" for key, value in series["group"].items())
            if (series["metric"], own) == (fact["subject"], group) and series["field"] in fields:
                start = fact["statistic"].partition("_")[0]
                keep = {"warm": lambda cold: not cold, "cold": lambda cold: cold}.get(start, lambda cold: True)
                return statistic("median", self.numbers(series, keep, {path}))
        raise Unknown(f"no series of `{group}` is in the record")

    def of_failures(self, fact):
        """Failed rows of a group, by the rows that say so."""
        dimensions = dict(pair.split("=", 1) for pair in fact["group"].split(", ") if "=" in pair)
        if list(map(plain, dimensions)) == ["error"] or all(s["field"] in dimensions for s in fact["sources"]):
            # By what the rows say of their errors, in their first sentence.
            return float(sum(self.of_error(source, *dimensions.values()) for source in fact["sources"]))
        failed = whole = 0
        for path in dict.fromkeys(source["path"] for source in fact["sources"]):
            for row in self.rows(path):
                own = {plain(key): str(value).strip() for key, value in row.items()}
                if all(own.get(plain(key), value) == value for key, value in dimensions.items()):
                    whole += 1
                    failed += is_failed(row)
        if fact["statistic"] == "failed":
            return float(failed)
        if fact["unit"] == "%" and whole:
            # Runs are those that failed and those that gave a value.
            of_group = [
                sum(rows["count"] for rows in series["rows"])
                for series in self.record.get("series", [])
                if {plain(k): str(v) for k, v in series["group"].items()}
                == {plain(k): v for k, v in dimensions.items()}
                and any(source["field"] == series["field"] for source in fact["sources"])
            ]
            return 100.0 * failed / (failed + max(of_group, default=0))
        raise Unknown("there is no row")

    def of_error(self, source, reason):
        if source["path"].lower().endswith((".json", ".jsonl", ".ndjson")):
            leaves = self.folder.leaves(source["path"])
            texts = [leaf.value for leaf in leaves if str(leaf.path[-1]) == source["field"]]
        else:
            texts = [row.get(source["field"].lower(), "") for row in self.rows(source["path"])]
        return sum(reason_of(text) == reason for text in texts if isinstance(text, str))

    def rows(self, path):
        if not path.lower().endswith((".csv", ".tsv")):
            raise Unknown(f"`{path}` is no table")
        records = self.folder.table(path)
        head = [cell.strip() for cell in records[0][1]]
        return [{key.lower(): cell for key, cell in zip(head, record)} for _, record in records[1:]]

    def of_place(self, fact):
        """One value at one place."""
        source = fact["sources"][0]
        own = self.series.get(fact["id"])
        beside = [series for series in self.record.get("series", []) if series["field"] == source["field"]]
        for series in [own] if own else beside:
            for rows, (values, factor) in zip(series["rows"], self.written(series)):
                if rows["path"] != source["path"] or rows["lines"] is None:
                    continue
                # Rows of one line are told apart by their value alone.
                at_line = [v for v, line in zip(values, runs(rows["lines"])) if line == source["line"]]
                factors = [factor] if factor is not None else GUESSES.get(series["unit"], (1.0,))
                computed = [value * guess for guess in factors for value in at_line]
                if computed:
                    return min(computed, key=lambda value: abs(value - fact["value"]))
        raise Unknown("its row is in no series of the record")

    def listing(self, fact):
        subject, kind = fact["subject"], fact["statistic"]
        listed = {file["path"]: file for file in self.record["files"]}
        of_kind = lambda name: name.lower().endswith(KINDS[subject]) if subject in KINDS else True
        if kind == "date":
            times = {name: file["modified"] for name, file in listed.items() if of_kind(name)}
            if not times:
                raise Unknown("there is no such file")
            # Copies of a folder have other times; those recorded are told apart by the bytes.
            return max(times.values())[:10]
        if subject == "files" or subject in KINDS:
            return float(sum(1 for name in self.found() if of_kind(name)))
        if subject == "generated files":
            return float(len(self.record.get("own_files", [])))
        if subject == "duplicate files":
            seen, copies = set(), 0
            for name in sorted(listed):
                with open(self.folder.path(name), "rb") as file:
                    digest = hashlib.sha256(file.read()).hexdigest()
                copies += digest in seen
                seen.add(digest)
            return float(copies)
        if subject == "failed rows":
            return float(sum(self.failed(source) for source in fact["sources"]))
        if subject in ("unreadable files", "partly read files"):
            broken = sum(1 for source in fact["sources"] if self.is_broken(source["path"]))
            return float(broken)
        if subject in ("not finite values", "not a number values"):
            return float(sum(self.odd(source, subject) for source in fact["sources"]))
        raise Unknown(f"`{subject}` is nothing that is counted here")

    def found(self):
        """Files of the known kinds by walking the folder; texts where the record lists them."""
        known = tuple(ending for endings in KINDS.values() for ending in endings)
        listed = {file["path"] for file in self.record["files"]}
        names = []
        for root, folders, files in os.walk(self.folder.root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            below = os.path.relpath(root, self.folder.root)
            if below.split(os.sep)[0] == OWN_FOLDER:
                continue
            for name in files:
                path = name if below == "." else "/".join(below.split(os.sep) + [name])
                if name.startswith(".") or not name.lower().endswith(known):
                    continue
                full = os.path.join(root, name)
                if os.path.islink(full) or not os.path.isfile(full):
                    continue
                if name.lower().endswith(KINDS["text files"]) and path not in listed:
                    continue
                if not is_own(full, path in listed):
                    names.append(path)
        return names

    def failed(self, source):
        name = source["path"]
        lower = name.lower()
        if lower.endswith((".csv", ".tsv")):
            records = self.folder.table(name)
            head = [cell.strip().lower() for cell in records[0][1]]
            return sum(is_failed(dict(zip(head, record))) for _, record in records[1:])
        if lower.endswith((".json", ".jsonl", ".ndjson")):
            objects = {}
            for leaf in self.folder.leaves(name):
                objects.setdefault(leaf.path[:-1], {})[str(leaf.path[-1]).lower()] = leaf.value
            return len({record_of(path, objects) for path, row in objects.items() if is_failed(row)})
        raise Unknown(f"what `{name}` says of failures is no row")

    def is_broken(self, name):
        with open(self.folder.path(name), "rb") as file:
            data = file.read()
        if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return True
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return True
        lower = name.lower()
        if lower.endswith((".csv", ".tsv")):
            widths = {len(record) for _, record in self.folder.table(name) if record}
            return len(widths) > 1
        if lower.endswith(".json"):
            try:
                json.loads(data)
            except (ValueError, RecursionError):
                return True
            return False
        if lower.endswith((".md", ".markdown")):
            return True
        for line in data.decode("utf-8").split("\n"):
            try:
                json.loads(line or "0")
            except (ValueError, RecursionError):
                return True
        return False

    def odd(self, source, subject):
        name, field = source["path"], source["field"]
        if not name.lower().endswith((".csv", ".tsv")):
            cells = [leaf.value for leaf in self.folder.leaves(name) if leaf.name()[-1:] == [field]]
        else:
            records = self.folder.table(name)
            head = [cell.strip() for cell in records[0][1]]
            at = head.index(field) if field in head else -1
            cells = [record[at] for _, record in records[1:] if 0 <= at < len(record)]
        is_odd = lambda cell: isinstance(cell, float) and not math.isfinite(cell)
        words = ("nan", "inf", "infinity", "-inf", "-infinity", "+inf", "-nan")
        is_odd_text = lambda cell: isinstance(cell, str) and cell.strip().lower() in words
        odd = sum(is_odd(cell) or is_odd_text(cell) for cell in cells)
        if subject == "not finite values":
            return odd
        texts = [cell for cell in cells if isinstance(cell, str) and cell.strip() and not is_odd_text(cell)]
        return sum(number(cell) is None for cell in texts)

    def compute(self, fact):
        if fact["sources"] and fact["statistic"] in ("count", "date"):
            return self.listing(fact)
        if fact["statistic"] in ("best", "worst", "first", "outlier"):
            return self.of_place(fact)
        if fact["statistic"] in ("difference", "change", "ratio"):
            return self.of_two(fact)
        if fact["statistic"] in ("failed", "failed_share"):
            return self.of_failures(fact)
        if fact["statistic"] in ("before", "after", "step"):
            return self.of_step(fact)
        if fact["statistic"] in ("share", "rank_share"):
            return self.of_share(fact)
        series = self.series.get(fact["id"])
        of_file = re.match(r"file=(.+?), ", fact["group"] + ", ")
        if series is None and of_file and fact["statistic"] in ("warm_median", "median", "cold_median"):
            return self.of_file(fact, of_file.group(1))
        return self.of_files(fact) if series is None else self.of_series(fact, series)


def text_values(folder, name, field, lines):
    """The numbers at lines of a text: a Markdown table's column, or the one number there."""
    all_lines = folder.text(name).split("\n")
    values = []
    for line in lines:
        text = all_lines[line - 1] if line <= len(all_lines) else ""
        if text.lstrip().startswith("|"):
            at = line - 1
            while at > 0 and all_lines[at - 1].lstrip().startswith("|"):
                at -= 1
            head = [plain(cell) for cell in all_lines[at].strip().strip("|").split("|")]
            cells = text.strip().strip("|").split("|")
            where = head.index(plain(field)) if plain(field) in head else -1
            value = number(cells[where]) if 0 <= where < len(cells) else None
        else:
            unit = re.escape(field)
            match = re.search(r"([-+]?\d[\d.,]*(?:[eE][-+]?\d+)?)\s+" + unit, text) or re.search(
                unit + r"\W+([-+]?\d[\d.,]*)", text
            )
            value = number(match.group(1)) if match else None
        if value is None:
            raise Unknown(f"{name}:{line} has no number of `{field}`")
        values.append(value)
    return values, None


def record_of(path, objects):
    """The record that an object is part of: the nearest element of an array, or of a map whose
    members look alike."""
    keys = {}
    for own in objects:
        for depth in range(len(own)):
            keys.setdefault(own[:depth], set()).add(own[depth])
        keys.setdefault(own, set()).update(objects[own])
    for depth in range(len(path), 0, -1):
        own = path[:depth]
        if isinstance(own[-1], int):
            return own
        beside = (other for other in keys if other[:-1] == own[:-1] and len(other) == depth and other != own)
        if any(2 * len(keys[own] & keys[other]) >= max(len(keys[own]), len(keys[other])) for other in beside):
            return own
    return ()


def reason_of(error):
    """The first sentence of an error, without the number in brackets before it."""
    text = re.sub(r"^\[[^\]]*\]", "", error.strip()).strip()
    return re.split(r"\. |\n|; ", text)[0].strip().rstrip(".")


def is_failed(row):
    for key, value in row.items():
        name = plain(key)
        text = str(value).strip().lower() if value is not None else ""
        if name in ("error", "errormessage", "err", "exception") and text not in ("", "none", "null", "false", "0", "0.0", "-", "–", "nan", "n/a"):
            return True
        if name in ("status", "result", "outcome", "state") and any(word in text for word in FAILURES):
            return True
        if name in ("success", "ok", "passed", "issuccess", "succeeded") and text in ("false", "no", "0", "0.0"):
            return True
        if name in ("timedout", "timeout", "failed") and text in ("true", "yes"):
            return True
    return False


def is_own(path, is_listed):
    if is_listed:
        return False
    with open(path, "rb") as file:
        head = file.read(65536).decode("utf-8", "replace")
    return MARKER in head or ('"generated_by"' in head and '"chimera-insight"' in head)


def is_level(own, value):
    """Is it the same setting, as a number or as a text?"""
    if own is None:
        return False
    one, other = number(str(own)), number(value)
    return str(own) == value if one is None or other is None else one == other


def is_near(one, other, slack):
    return abs(one - other) <= slack * max(abs(one), abs(other))


def agrees(computed, fact, printed):
    """Why a computed value is not the recorded or the printed one; None when it is both."""
    if isinstance(computed, str):
        return None if printed == computed else f"computed {computed}, printed {printed}"
    if not is_near(computed, fact["value"], RECORDED):
        return f"computed {computed!r}, recorded {fact['value']!r}"
    match = re.match(r"[-+−]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?", printed.replace("\\", ""))
    if not match:
        return f"no number is printed: {printed}"
    shown = float(match.group().replace(",", "").replace("−", "-"))
    # Four digits, or as many as are printed: `5.8 %` has two.
    decimals = len(match.group().partition(".")[2])
    step = 0.5000001 * 10.0 ** -decimals if "e" not in match.group().lower() else 0.0
    is_shown = abs(shown - computed) <= max(PRINTED * max(abs(shown), abs(computed)), step)
    return None if is_shown else f"computed {computed!r}, printed {printed}"


def evidence(report):
    """The rows of the Evidence table: line, value as printed, id of the fact."""
    inside = False
    for at, line in enumerate(report.split("\n"), 1):
        if line.startswith("## "):
            inside = line == "## Evidence"
        match = re.match(r"\| (.+?) \| (?:.* )?\(([a-z]+)\) \| ", line) if inside else None
        if match:
            yield at, match.group(1), match.group(2)


def main():
    parser = argparse.ArgumentParser(description="Computes each Evidence line of a report again.")
    parser.add_argument("report", metavar="REPORT.md")
    parser.add_argument("folder", metavar="DIR", nargs="?")
    arguments = parser.parse_args()
    stem = os.path.splitext(arguments.report)[0]
    own = os.path.dirname(os.path.abspath(arguments.report))
    root = arguments.folder or (os.path.dirname(own) if os.path.basename(own) == OWN_FOLDER else own)
    try:
        report = read_text(arguments.report)
        with open(stem + ".json", encoding="utf-8") as file:
            record = json.load(file)
        confirm = Confirm(record, Folder(root))
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot read report or record: {error}", file=sys.stderr)
        return 3
    lines, wrong = 0, []
    for at, printed, fact_id in evidence(report):
        lines += 1
        fact = confirm.facts.get(fact_id)
        try:
            if fact is None:
                raise Unknown("the record has no such fact")
            reason = agrees(confirm.compute(fact), fact, printed)
        except (Unknown, ValueError, KeyError, IndexError, OSError, RecursionError, ZeroDivisionError) as error:
            reason = f"cannot be computed: {error}"
        if reason:
            wrong.append(f"{arguments.report}:{at}: {printed} ({fact_id}): {reason}")
    for line in wrong:
        print(line)
    guessed = f"; the unit of {len(confirm.guessed)} is not in the file's names and was read off the values" if confirm.guessed else ""
    print(f"{lines - len(wrong)} of {lines} evidence lines agree with the source rows{guessed}")
    return 1 if wrong or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
