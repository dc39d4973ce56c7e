#!/usr/bin/env python3
"""Starts a build made by `make dist` the ways it will be started elsewhere: from another folder,
with an empty environment; with the CUDA backend as it was made, absent and broken. Each time
the SmolLM2 model must load, write, and say that it ran on the processor where there is no GPU.

    python3 scripts/dist_test.py FOLDER
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

MODEL = "SmolLM2-135M-Instruct.Q4_1"
CUDA = "libggml-cuda.so"


def has_gpu():
    return any(pathlib.Path("/dev").glob("nvidia[0-9]*"))


def run(program, arguments, home, **more):
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    if os.environ.get("LD_LIBRARY_PATH"):
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return subprocess.run(
        [str(program), *arguments], cwd="/", env=environment, capture_output=True, text=True, timeout=600, **more
    )


def model_file():
    data = os.environ.get("XDG_DATA_HOME") or pathlib.Path.home() / ".local/share"
    folder = os.environ.get("CHIMERA_INSIGHT_MODELS") or pathlib.Path(data) / "chimera-insight/models"
    found = pathlib.Path(folder) / f"{MODEL}.gguf"
    if not found.exists():
        sys.exit(f"dist_test: `{found}` is not there; `make models` gets it")
    return found


def check(name, folder, home, model):
    program = folder / "chimera-insight"
    version = run(program, ["--version"], home)
    assert version.returncode == 0, f"{name}: does not start: {version.stderr}"
    data = home / "data"
    data.mkdir(exist_ok=True)
    arguments = ["bench", "--model", str(model), "--runs", "1", "--set", "num_predict=8", "--force", "--json", str(data)]
    bench = run(program, arguments, home)
    assert bench.returncode == 0, f"{name}: {bench.stderr}"
    result = json.loads(bench.stdout)
    device = result["environment"]["device"]
    assert result["rows"] > 0 and result["failed"] == 0, f"{name}: {bench.stdout}"
    assert result["throughput_tok_s"]["median"] > 0, f"{name}: {bench.stdout}"
    if not has_gpu() or name != "as made":
        assert device == "CPU", f"{name}: it says that it ran on {device}"
    print(f"  {name}: {version.stdout.strip()}, {result['throughput_tok_s']['median']:.0f} tok/s on {device}")


def main():
    made = pathlib.Path(sys.argv[1]).resolve()
    model = model_file()
    print(f"{made.name}")
    with tempfile.TemporaryDirectory() as scratch:
        home = pathlib.Path(scratch) / "home"
        home.mkdir()
        check("as made", made, home, model)
        for name in ("without the CUDA file", "with a broken CUDA file", "with another library as the CUDA file"):
            copy = pathlib.Path(scratch) / "copy"
            shutil.copytree(made, copy)
            cuda = copy / "backends" / CUDA
            cuda.unlink(missing_ok=True)
            if "broken" in name:
                cuda.write_bytes(b"\x7fELF and then nothing that a loader can use")
            if "another" in name:
                # Loads, but is no backend.
                shutil.copy(copy / "lib" / "libggml-base.so.0", cuda)
            check(name, copy, home, model)
            shutil.rmtree(copy)
        # Without its libraries it must say so and not take others from elsewhere.
        copy = pathlib.Path(scratch) / "copy"
        shutil.copytree(made, copy)
        shutil.rmtree(copy / "backends")
        alone = run(copy / "chimera-insight", ["bench", "--model", str(model), "--runs", "1", str(home / "data")], home)
        assert alone.returncode == 4, f"without backends: exit {alone.returncode}, {alone.stderr}"
        assert "backends" in alone.stderr, f"without backends: {alone.stderr}"
        print("  without the folder of backends: refused, and says so")


main()
