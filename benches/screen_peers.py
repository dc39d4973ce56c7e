#!/usr/bin/env python3
"""The screen of this program in a pseudo-terminal, beside that of less, btop, lnav and visidata.

    cargo build --release --no-default-features
    python3 benches/screen_peers.py > screen.md

Measures first paint, idle CPU, wake-ups and bytes of each program; of this one also its first
whole frame by that of less, the time from a rename to the bytes on the terminal, and its share
of CPU time beside the engine while a report is written. A peer that is not installed is a row
that says so. Needs only Python's own library; reads /proc, so it runs on Linux. See
benches/README.md.
"""

import argparse
import datetime
import fcntl
import os
import platform
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(ROOT, "target", "release", "chimera-insight")
COLUMNS, ROWS = 120, 40
FRAME_END = b"\x1b[?2026l"
# A program has painted when so many visible characters have come.
PAINTED = 200
# What moves the cursor or sets a style shows nothing.
UNSEEN = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()].|\x1b.|[\x00-\x20]")
TICK = os.sysconf("SC_CLK_TCK")
LIMIT = 20


class Session:
    """A program in a pseudo-terminal."""

    def __init__(self, command, home, cwd, meters=True):
        environment = {
            "CHIMERA_INSIGHT_METERS": str(meters).lower(),
            "HOME": home,
            "CHIMERA_INSIGHT_MODELS": os.environ.get("CHIMERA_INSIGHT_MODELS", os.path.expanduser("~/.local/share/chimera-insight/models")),
            "PATH": os.environ["PATH"],
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "COLORFGBG": "15;0",
        }
        self.began = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.chdir(cwd)
            os.execvpe(command[0], command, environment)

    def read(self, timeout):
        """Bytes that come before then; `None` at the end."""
        if not select.select([self.fd], [], [], max(timeout, 0))[0]:
            return b""
        try:
            return os.read(self.fd, 1 << 16) or None
        except OSError:
            return None

    def until(self, is_there, limit=LIMIT):
        """Seconds since the start until the bytes are so; `None` when they never are."""
        received = b""
        while time.monotonic() - self.began < limit:
            more = self.read(0.5)
            if more is None:
                return None, received
            received += more
            if more and is_there(received):
                return time.monotonic() - self.began, received
        return None, received

    def rest(self, seconds):
        """Bytes that come within this time."""
        until, count = time.monotonic() + seconds, 0
        while (left := until - time.monotonic()) > 0:
            more = self.read(left)
            if more is None:
                break
            count += len(more)
        return count

    def send(self, keys):
        os.write(self.fd, keys)

    def processor(self, pid=None):
        """Seconds of processor time, and times that it woke up, of all threads."""
        pid = pid or self.pid
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        woke = 0
        for text in self.of_threads(pid, "status"):
            woke += int(re.search(r"voluntary_ctxt_switches:\s*(\d+)", text).group(1))
        return (int(fields[11]) + int(fields[12])) / TICK, woke

    def children(self):
        return [int(pid) for text in self.of_threads(self.pid, "children") for pid in text.split()]

    @staticmethod
    def of_threads(pid, name):
        """A file of each thread; threads come and go."""
        texts = []
        for task in os.listdir(f"/proc/{pid}/task"):
            try:
                with open(f"/proc/{pid}/task/{task}/{name}") as file:
                    texts.append(file.read())
            except OSError:
                pass
        return texts

    def end(self):
        try:
            os.kill(self.pid, signal.SIGTERM)
            self.rest(0.3)
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def is_painted(received):
    return len(UNSEEN.sub(b"", received)) >= PAINTED


def make_folder(folder, files):
    for index in range(files):
        place = os.path.join(folder, f"set-{index // 1000:03}")
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, f"run-{index:06}.csv"), "w") as file:
            file.write(f"model,tokens_s\nmodel-{index % 5},{index % 97}.5\n")
    return folder


def first_frames(program, work, rounds):
    """Each round in turn: less with a screen of text, this program with few and with many files."""
    text = os.path.join(work, "screen.txt")
    with open(text, "w") as file:
        file.write("".join(f"line {line} of a text that fills one screen and no more\n" for line in range(ROWS - 2)))
    few = make_folder(os.path.join(work, "few"), 10)
    many = make_folder(os.path.join(work, "many"), 100_000)
    whole = lambda received: FRAME_END in received
    commands = [
        ("less", ["less", text], lambda received: b"line %d of" % (ROWS - 3) in received),
        ("10", [program, "--model", "none", few], whole),
        ("100,000", [program, "--model", "none", many], whole),
        ("10, model looked for", [program, few], whole),
    ]
    took = {name: [] for name, *_ in commands}
    for _ in range(rounds):
        for name, command, is_there in commands:
            session = Session(command, work, work)
            seconds, _ = session.until(is_there)
            session.end()
            took[name].append(seconds or LIMIT)
    middle = {name: statistics.median(seconds) for name, seconds in took.items()}
    print(f"\nFirst whole frame, median of {rounds}, in turn\n")
    print("| | ms | ratio | goal |\n|---|---:|---:|---:|")
    print(f"| `less`, a file of one screen | {middle['less'] * 1e3:.1f} | | |")
    of_less = lambda name: f"{middle[name] / middle['less']:.2f} of less"
    print(f"| 10 files | {middle['10'] * 1e3:.1f} | {of_less('10')} | 1.2 |")
    print(f"| 10 files, no `--model` | {middle['10, model looked for'] * 1e3:.1f} | {of_less('10, model looked for')} | 1.2 |")
    ratio = middle["100,000"] / middle["10"]
    print(f"| 100,000 files | {middle['100,000'] * 1e3:.1f} | {ratio:.2f} of 10 files | 1.1 |", flush=True)


def latency(program, work, changes):
    """From the rename of a file to the bytes of the frame that shows it."""
    folder = make_folder(os.path.join(work, "latency"), 10)
    probe = os.path.join(folder, "probe.csv")
    with open(probe, "w") as file:
        file.write("model,tokens_s\nprobe,1.5\n")
    session = Session([program, "--model", "none", folder], work, work, meters=False)
    session.until(is_painted)
    # What is new is marked for some seconds.
    session.rest(7)
    took = []
    for change in range(changes):
        temporary = os.path.join(work, "probe.tmp")
        with open(temporary, "w") as file:
            file.write("model,tokens_s\n" + "".join(f"probe,{row}.5\n" for row in range(change + 2)))
        session.rest(0.05)
        began = time.monotonic()
        os.rename(temporary, probe)
        received = b""
        while FRAME_END not in received and time.monotonic() - began < 2:
            received += session.read(0.5) or b""
        took.append((time.monotonic() - began) * 1e3)
    session.end()
    took.sort()
    print(f"\nFrom rename to the bytes of the frame, {changes} changes\n")
    print("| | ms | goal |\n|---|---:|---:|")
    print(f"| median | {took[len(took) // 2]:.2f} | 5 |")
    print(f"| 99th percentile | {took[len(took) * 99 // 100]:.2f} | 16 |", flush=True)


def share(program, work, model):
    """Processor time of the screen by that of the engine while a report is written."""
    folder = make_folder(os.path.join(work, "share"), 10)
    session = Session([program, "--model", model, folder], work, work, meters=False)
    session.until(is_painted)
    session.rest(1)
    before, _ = session.processor()
    session.send(b"r")
    session.began = time.monotonic()
    engine = ours = 0.0
    received = b""
    while time.monotonic() - session.began < 120 and b"saved" not in received:
        received += session.read(0.2) or b""
        for child in session.children():
            try:
                engine = max(engine, session.processor(child)[0])
            except OSError:
                pass
        ours = session.processor()[0] - before
    session.end()
    print("\nProcessor time while a report is written\n")
    print("| screen, s | engine, s | share | goal |\n|---:|---:|---:|---:|")
    ratio = f"{ours / engine:.2%}" if engine else "no engine"
    print(f"| {ours:.2f} | {engine:.2f} | {ratio} | 1 % |", flush=True)


def peers(program, work, rounds, idle):
    """First paint, idle CPU, wake-ups and bytes of each program in the same folder."""
    folder = make_folder(os.path.join(work, "peers"), 10)
    one = os.path.join(folder, "set-000", "run-000000.csv")
    text = os.path.join(work, "peer.txt")
    with open(text, "w") as file:
        file.write("".join(f"line {line} of a text\n" for line in range(ROWS - 2)))
    commands = [
        ("chimera-insight", [program, "--model", "none", folder]),
        ("chimera-insight, meters off", [program, "--model", "none", folder]),
        ("less", ["less", text]),
        ("btop", ["btop", "--utf-force"]),
        ("lnav", ["lnav", one]),
        ("visidata", ["vd", one]),
    ]
    print(f"\nBeside others at {COLUMNS} × {ROWS}: first {PAINTED} visible characters (median of {rounds}), then {idle} s of rest\n")
    print("| | first paint, ms | CPU at rest, ms a minute | wake-ups a minute | bytes a minute |")
    print("|---|---:|---:|---:|---:|")
    for name, command in commands:
        if not shutil.which(command[0]):
            print(f"| {name} | not installed | | | |")
            continue
        paints = []
        for _ in range(rounds):
            session = Session(command, work, work)
            seconds, _ = session.until(is_painted, 10)
            session.end()
            paints.append(seconds)
        paints = [seconds for seconds in paints if seconds]
        session = Session(command, work, work, meters="off" not in name)
        session.until(is_painted, 10)
        session.rest(8)
        try:
            cpu, woke = session.processor()
            count = session.rest(idle)
            cpu_after, woke_after = session.processor()
        except OSError:
            print(f"| {name} | it ended | | | |")
            session.end()
            continue
        session.end()
        minute = 60 / idle
        paint = f"{statistics.median(paints) * 1e3:.0f}" if paints else "never"
        print(
            f"| {name} | {paint} | {(cpu_after - cpu) * 1e3 * minute:.0f} | {(woke_after - woke) * minute:.0f} "
            f"| {count * minute:.0f} |",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", default=PROGRAM)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--idle", type=int, default=60, help="seconds of rest of each program")
    parser.add_argument("--model", default="scripted:fast", help="what writes the report whose CPU share is measured")
    parser.add_argument("--only", default="frames,latency,share,peers")
    arguments = parser.parse_args()
    if not os.access(arguments.program, os.X_OK):
        sys.exit(f"{arguments.program} is not there: cargo build --release --no-default-features")
    program = os.path.abspath(arguments.program)
    load = os.getloadavg()
    print(
        f"{datetime.date.today()}, {os.cpu_count()} processors, {platform.system()} {platform.machine()}, "
        f"load {load[0]:.1f} to {load[1]:.1f} from other work"
    )
    parts = arguments.only.split(",")
    with tempfile.TemporaryDirectory() as work:
        if "frames" in parts:
            first_frames(program, work, arguments.rounds)
        if "latency" in parts:
            latency(program, work, arguments.changes)
        if "share" in parts:
            share(program, work, arguments.model)
        if "peers" in parts:
            peers(program, work, min(arguments.rounds, 7), arguments.idle)
    return 0


if __name__ == "__main__":
    sys.exit(main())
