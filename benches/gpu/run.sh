#!/usr/bin/env bash
# Measures the program on a machine with an NVIDIA GPU: offload of no, half and all layers beside
# llama-bench, a full GPU, what unloading frees, and a whole report. It needs no Rust and no network.
#
#   benches/gpu/run.sh [--dry-run] [--bundle DIR] [--model FILE] [--reports DIR] [--out DIR] [--runs N]
#
# DIR of --bundle holds what benches/gpu/pack.sh made: chimera-insight, lib, backends, llama-bench
# where there is one, and a model. Files that end in .xz are unpacked first. --dry-run runs the same on the
# processor, without a GPU, nvcc or nvidia-smi, to see that every step works.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

dry=
bundle=$here/../../target/gpu-bundle
arguments=()
while [ $# -gt 0 ]; do
  case "$1" in
    --dry-run) dry=yes; shift ;;
    --bundle) bundle=$2; shift 2 ;;
    --model | --reports | --out | --runs) arguments+=("$1" "$2"); shift 2 ;;
    *) echo "unknown argument: $1" >&2; sed -n 2,9p "${BASH_SOURCE[0]}" >&2; exit 2 ;;
  esac
done

bundle=$(cd "$bundle" && pwd)
find "$bundle" -name '*.xz' | while read -r file; do
  python3 -c 'import lzma, shutil, sys
with lzma.open(sys.argv[1]) as packed, open(sys.argv[1][:-3], "wb") as file:
    shutil.copyfileobj(packed, file)' "$file"
  rm -f "$file"
done
chmod +x "$bundle/chimera-insight"

if [ -n "$dry" ]; then
  exec python3 "$here/measure.py" --dry-run --bundle "$bundle" "${arguments[@]}"
fi
fill=$(mktemp -d)/fill
nvcc -O1 -o "$fill" "$here/fill.cu"
# The runtime libraries of the toolkit, for the backend.
toolkit=$(dirname "$(dirname "$(readlink -f "$(command -v nvcc)")")")
export LD_LIBRARY_PATH=$bundle/lib:$toolkit/lib64${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
python3 "$here/measure.py" --bundle "$bundle" --fill "$fill" "${arguments[@]}"
