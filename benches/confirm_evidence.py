#!/usr/bin/env python3
"""Does every Evidence line of a report come out again from the source rows?

    python3 benches/confirm_evidence.py REPORT.md [DIR]

Shares no code with the program and needs nothing but Python. It reads the report's Evidence
table, takes from the run record beside the report (REPORT.json) where each fact's rows are,
reads those rows itself from the CSV, JSON and text files of the folder, computes the
statistic, converts the unit, and holds the outcome against the value that is printed and the
value that is recorded. DIR is, by default, the folder whose chimera_insight/ holds the
report.

The ends of a ci95 are held against a bootstrap of this script's own, with its own draws. Statistics of a model (what
explains a spread, drifts and steps, shares of failed rows) are not computed here: how many lines are of them is told.

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
import random
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
# Statistics of a model, which this script does not fit.
MODELLED = {
    "share", "rank_share", "drift", "before", "after", "step", "rank", "groups", "failed_share", "outliers",
    "ratio_of_totals",
}
# What is counted of a folder: the listing has it.
COUNTED = ("files", "csv files", "json files", "markdown files", "text files")
# Draws of the bootstrap, and which of its percentiles an end of a 95 % interval may lie between.
DRAWS = 2000
LOW_END, HIGH_END = (0.5, 6.0), (94.0, 99.5)
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
FAILURES = ("error", "failed", "failure", "fail", "timeout", "timed out", "timed_out", "oom", "crashed", "aborted")


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
        return 100.0 * statistic("sd", values) / (math.fsum(values) / len(values))
    match = re.fullmatch(r"p(\d+(?:\.\d+)?)", name)
    if match:
        return percentile(ordered, float(match.group(1)))
    raise Unknown(f"`{name}` is no statistic that is computed here")


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

    def numbers(self, series, part="all"):
        """The values of a series in its own unit: all, those of warm runs, or of cold ones."""
        numbers = []
        for (values, factor), rows in zip(self.written(series), series["rows"]):
            cold = set(runs(rows["cold"])) if rows.get("cold") else set()
            factor = factor or self.factors.get(id(series)) or GUESSES.get(series["unit"], (1.0,))[0]
            for at, value in enumerate(values):
                if part == "all" or (at in cold) == (part == "cold"):
                    numbers.append(value * factor)
        return numbers

    def interval(self, fact, series):
        """The recorded end of a ci95, if a bootstrap of the median here has its end there."""
        values = self.numbers(series)
        draw = random.Random(len(values))
        medians = sorted(statistic("median", draw.choices(values, k=len(values))) for _ in range(DRAWS))
        low, high = (percentile(medians, share) for share in (LOW_END if fact["statistic"] == "ci95_low" else HIGH_END))
        if low * (1 - RECORDED) - 1e-12 <= fact["value"] <= high * (1 + RECORDED) + 1e-12:
            return fact["value"]
        raise Unknown(f"a bootstrap has this end between {low!r} and {high!r}, not at {fact['value']!r}")

    def relation(self, fact):
        """A change, ratio or difference of the medians of two groups, of all runs or of the warm ones."""
        sides = []
        for wanted in (fact["group"], fact["other"]):
            is_it = lambda series: series["metric"] == fact["subject"] and series["unit"] and group_text(series) == wanted
            found = [series for series in self.record.get("series", []) if is_it(series) and series["nature"] == "sample"]
            if not found:
                raise Unknown(f"the record does not say which rows `{wanted}` is of")
            sides.append(found)
        computed = []
        for part in ("all", "warm"):
            for one in sides[0]:
                for other in sides[1]:
                    if one["field"] != other["field"]:
                        continue
                    first, second = statistic("median", self.numbers(one, part)), statistic("median", self.numbers(other, part))
                    computed.append({
                        "change": 100.0 * (first - second) / second if second else math.nan,
                        "ratio": first / second if second else math.nan,
                        "difference": first - second,
                    }[fact["statistic"]])
        if not computed:
            raise Unknown("the two groups have no field in common")
        return min(computed, key=lambda value: abs(value - fact["value"]))

    def of_series(self, fact, series):
        kind = fact["statistic"]
        if kind in ("ci95_low", "ci95_high"):
            return self.interval(fact, series)
        part, _, name = kind.partition("_")
        if part in ("warm", "cold"):
            numbers = self.numbers(series, part)
            return float(len(numbers)) if name == "n" else statistic(name, numbers)
        parts = self.written(series)
        if fact["statistic"] == "n":
            return float(sum(len(values) for values, _ in parts))
        known = [factor for _, factor in parts if factor is not None]
        if len(known) == len(parts):
            return statistic(fact["statistic"], [v * factor for values, factor in parts for v in values])
        guesses = GUESSES.get(series["unit"], (1.0,))
        settled = self.factors.get(id(series))
        for guess in [settled] if settled else guesses:
            numbers = [v * (factor or guess) for values, factor in parts for v in values]
            value = statistic(fact["statistic"], numbers)
            if is_near(value, fact["value"], RECORDED) and value != 0.0:
                self.factors[id(series)] = guess
                self.guessed.add(fact["id"])
                return value
        numbers = [v * (factor or settled or guesses[0]) for values, factor in parts for v in values]
        return statistic(fact["statistic"], numbers)

    def of_place(self, fact):
        """One value at one place."""
        source = fact["sources"][0]
        own = self.series.get(fact["id"])
        of_metric = [series for series in self.record.get("series", []) if series["metric"] == fact["subject"]]
        for series, rows in ((series, rows) for series in ([own] if own else of_metric) for rows in series["rows"]):
            if rows["path"] != source["path"] or rows["lines"] is None or series["field"] != source["field"]:
                continue
            # Rows of one line are told apart by their value alone.
            parts = self.written(series)
            values, factor = parts[series["rows"].index(rows)]
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

    def failed(self, source, wanted=()):
        """Rows that say they failed and hold each of the wanted values."""
        is_wanted = lambda row: all(any(str(cell).strip() == value for cell in row.values()) for value in wanted)
        name = source["path"]
        lower = name.lower()
        if lower.endswith((".csv", ".tsv")):
            records = self.folder.table(name)
            head = [cell.strip().lower() for cell in records[0][1]]
            rows = (dict(zip(head, record)) for _, record in records[1:])
            return sum(is_failed(row) and is_wanted(row) for row in rows)
        if lower.endswith((".json", ".jsonl", ".ndjson")):
            objects = {}
            for leaf in self.folder.leaves(name):
                objects.setdefault(leaf.path[:-1], {})[str(leaf.path[-1]).lower()] = leaf.value
            broken = {record_of(path, objects) for path, row in objects.items() if is_failed(row)}
            inside = lambda own: {k: v for path, row in objects.items() if path[: len(own)] == own for k, v in row.items()}
            return sum(is_wanted(inside(own)) for own in broken)
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
        if fact["statistic"] in ("change", "ratio", "difference"):
            return self.relation(fact)
        if fact["statistic"] == "failed":
            wanted = [pair.partition("=")[2] for pair in fact["group"].split(", ")] if fact["group"] else []
            return float(sum(self.failed(source, wanted) for source in fact["sources"]))
        series = self.series.get(fact["id"])
        if series is None:
            raise Unknown("the record does not say which rows it is of")
        return self.of_series(fact, series)


def group_text(series):
    return ", ".join(f"{key}={value}" for key, value in series["group"].items())


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


def is_near(one, other, slack):
    return abs(one - other) <= slack * max(abs(one), abs(other))


def agrees(computed, fact, printed):
    """Why a computed value is not the recorded or the printed one; None when it is both."""
    if isinstance(computed, str):
        return None if printed == computed else f"computed {computed}, printed {printed}"
    if not is_near(computed, fact["value"], RECORDED):
        return f"computed {computed!r}, recorded {fact['value']!r}"
    match = re.match(r"[-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?", printed.replace("\\", ""))
    if not match:
        return f"no number is printed: {printed}"
    shown = float(match.group().replace(",", ""))
    decimals = len(match.group().partition(".")[2])
    last_digit = 0.501 * 10.0**-decimals if decimals or printed.endswith("%") else 0.0
    is_shown = abs(shown - computed) <= max(PRINTED * max(abs(shown), abs(computed)), last_digit)
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
    lines, modelled, wrong = 0, 0, []
    for at, printed, fact_id in evidence(report):
        lines += 1
        fact = confirm.facts.get(fact_id)
        try:
            if fact is None:
                raise Unknown("the record has no such fact")
            # A median without a series is that of one level of a driver.
            is_level = fact["statistic"].endswith(("median", "n")) and fact_id not in confirm.series
            if fact["statistic"] in MODELLED or is_level and fact["subject"] not in COUNTED:
                lines, modelled = lines - 1, modelled + 1
                continue
            reason = agrees(confirm.compute(fact), fact, printed)
        except (Unknown, ValueError, KeyError, IndexError, OSError, RecursionError) as error:
            reason = f"cannot be computed: {error}"
        if reason:
            wrong.append(f"{arguments.report}:{at}: {printed} ({fact_id}): {reason}")
    for line in wrong:
        print(line)
    guessed = f"; the unit of {len(confirm.guessed)} is not in the file's names and was read off the values" if confirm.guessed else ""
    left = f"; {modelled} more are statistics of a model, which are not computed here" if modelled else ""
    print(f"{lines - len(wrong)} of {lines} evidence lines agree with the source rows{guessed}{left}")
    return 1 if wrong or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
