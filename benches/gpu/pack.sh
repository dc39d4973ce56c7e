#!/usr/bin/env bash
# Packs what benches/gpu/run.sh needs on a machine with a GPU into target/gpu-bundle: the folder that
# `scripts/dist.sh cuda` made, its CUDA backend as xz, a model split from it where it is large, and llama-bench.
#
#   benches/gpu/pack.sh MODEL.gguf [LLAMA_BENCH]
#
# It says how large the bundle is: what travels there may have a limit (64 MiB a call: name the
# model's own folder in another call, or leave it out and give run.sh --model).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
model=${1:-}
dist=$(ls -td target/dist/chimera-insight-*-cuda | grep -v '\.tar' | head -n 1)
bundle=target/gpu-bundle
rm -rf "$bundle"
mkdir -p "$bundle"
cp -a "$dist/." "$bundle/"
if [ -e "$bundle/backends/libggml-cuda.so" ]; then
  xz -T0 -9 "$bundle/backends/libggml-cuda.so"
fi
if [ -n "$model" ]; then
  cp "$model" "$bundle/"
fi
if [ -n "${2:-}" ]; then
  cp "$2" "$bundle/llama-bench"
fi
du -sh "$bundle"
