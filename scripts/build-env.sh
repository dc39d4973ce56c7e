# shellcheck shell=bash
# Sourced before every build: finds cargo, and lets ccache keep llama.cpp's objects, so that a
# second checkout or target folder compiles no C++ twice. None of it causes a rebuild.

if ! command -v cargo >/dev/null 2>&1; then
  for folder in "${CARGO_HOME:-}/bin" "${HOME:-}/.cargo/bin"; do
    if [ -x "$folder/cargo" ]; then
      PATH="$folder:$PATH"
      export PATH
      break
    fi
  done
fi

if command -v ccache >/dev/null 2>&1; then
  export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
  # Paths below the checkout are hashed as relative ones: another checkout gets hits too.
  CCACHE_BASEDIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  export CCACHE_BASEDIR
  # `-march=native` means another thing on another processor: a cache that moves between
  # machines must not hand over code that the next one cannot run.
  if [ -z "${CCACHE_NAMESPACE:-}" ] && [ -r /proc/cpuinfo ]; then
    CCACHE_NAMESPACE=cpu-$(grep -m1 -E '^(flags|Features)' /proc/cpuinfo | cksum | cut -d' ' -f1 || true)
    export CCACHE_NAMESPACE
  fi
fi
