#!/usr/bin/env bash
# Makes the build that is given to others: one folder and one archive, for processors of every
# level, with and without a GPU. The backends of llama.cpp lie in `backends` and are loaded at
# run time; `libggml-cuda.so` among them where it was asked for.
#
#   scripts/dist.sh [cuda]
#
# CUDA_ARCHITECTURES says for which GPUs, as cmake names them (default: 80-virtual, which every
# GPU since Ampere translates at its first use).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/build-env.sh

features=dynamic
if [ "${1:-}" = cuda ]; then
  features=cuda
  CUDA_PATH=$(scripts/cuda_toolkit.sh)
  PATH=$CUDA_PATH/bin:$PATH
  CUDAToolkit_ROOT=$CUDA_PATH
  CMAKE_CUDA_ARCHITECTURES=${CUDA_ARCHITECTURES:-80-virtual}
  export CUDA_PATH PATH CUDAToolkit_ROOT CMAKE_CUDA_ARCHITECTURES
  if command -v ccache >/dev/null 2>&1; then
    export CMAKE_CUDA_COMPILER_LAUNCHER=ccache
  fi
fi

machine=$(uname -m)
case "$machine" in
  x86_64 | amd64) processor='-C target-cpu=x86-64-v2' ;;
  *) processor='' ;;
esac
# The libraries lie in `lib` beside the program, wherever that is put; what a backend needs is
# looked for there too, which is why it is no run path of the newer kind.
export RUSTFLAGS="$processor -C link-arg=-Wl,-rpath,\$ORIGIN/lib -C link-arg=-Wl,--disable-new-dtags"

target=target/dist-$features
cargo build --release --locked --no-default-features --features "$features" --target-dir "$target"

# The newest build of llama.cpp in that target folder.
made=$(ls -td "$target"/release/build/llama-cpp-sys-2-*/out | head -n 1)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
name=chimera-insight-$version-$(uname -s | tr '[:upper:]' '[:lower:]')-$machine
[ "$features" = cuda ] && name=$name-cuda
folder=target/dist/$name
rm -rf "$folder"
mkdir -p "$folder/lib" "$folder/backends"
cp "$target/release/chimera-insight" "$folder/"
cp README.md LICENSE-MIT LICENSE-APACHE "$folder/"
# The names that the program asks for, as files: archives and copies lose no links.
for library in "$made"/lib*/lib{llama,llama-common,ggml,ggml-base}.so.0; do
  [ -e "$library" ] && cp -L "$library" "$folder/lib/"
done
cp -L "$made"/backends/libggml-*.so "$folder/backends/"
if command -v strip >/dev/null 2>&1; then
  strip --strip-unneeded "$folder/chimera-insight" "$folder"/lib/* "$folder"/backends/*
fi

python3 scripts/dist_test.py "$folder"
tar -C target/dist -czf "target/dist/$name.tar.gz" "$name"
du -sh "$folder" "target/dist/$name.tar.gz"
