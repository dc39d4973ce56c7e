#!/usr/bin/env bash
# Measures the demo folder again, on this machine: `bench` with both packaged models, with one
# thread and with two. Takes some minutes; nothing else should run meanwhile.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
models="${CHIMERA_INSIGHT_MODELS:-${XDG_DATA_HOME:-$HOME/.local/share}/chimera-insight/models}"
program=target/release/chimera-insight
for threads in 1 2; do
  folder=assets/demo/threads-$threads
  mkdir -p "$folder"
  for model in SmolLM2-135M-Instruct.Q4_1.gguf gemma-3-270m-q4_k_m.gguf; do
    "$program" bench "$folder" --force --model "$models/$model" --runs 3 \
      --set num_ctx=2048 --set num_predict=128 --set seed=1 --set threads=$threads
  done
done
