#!/usr/bin/env bash
# Prints the folder of a CUDA toolkit: the one of the system, else one that is put together in
# target/cuda-toolkit from NVIDIA's Python packages (about 530 MB to fetch, 840 MB on the disk).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -n "${CUDA_PATH:-}" ]; then
  echo "$CUDA_PATH"
  exit 0
fi
if nvcc=$(command -v nvcc); then
  dirname "$(dirname "$(readlink -f "$nvcc")")"
  exit 0
fi

version=13.0
folder=$PWD/target/cuda-toolkit
tree=$folder/tree/nvidia/cu${version%%.*}
if [ ! -e "$folder/done" ]; then
  echo "no nvcc here: getting the CUDA $version toolkit from NVIDIA's Python packages (530 MB)" >&2
  rm -rf "$folder"
  mkdir -p "$folder/wheels"
  packages=()
  for part in nvidia-cuda-nvcc nvidia-nvvm nvidia-cuda-crt nvidia-cuda-runtime nvidia-cuda-cccl nvidia-cublas; do
    packages+=("$part==$version.*")
  done
  python3 -m pip download --quiet --no-deps --dest "$folder/wheels" "${packages[@]}" >&2
  for wheel in "$folder"/wheels/*.whl; do
    python3 -m zipfile -e "$wheel" "$folder/tree"
  done
  rm -rf "$folder/wheels"
  chmod +x "$tree"/bin/* "$tree"/nvvm/bin/*
  ln -s lib "$tree/lib64"
  for library in cudart cublas cublasLt; do
    ln -s "$(basename "$(echo "$tree/lib/lib$library.so."*)")" "$tree/lib/lib$library.so"
  done
  touch "$folder/done"
fi
echo "$tree"
