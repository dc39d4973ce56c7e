#!/usr/bin/env bash
# Gets what building and running need: system packages and a model. Says nothing and does
# nothing when all of it is there.
#
#   scripts/setup.sh build   the packages
#   scripts/setup.sh run     and a model
#   scripts/setup.sh test    and the models that the tests use
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/build-env.sh

want=${1:-build}
case "$want" in
  build | run | test) ;;
  *)
    echo "usage: scripts/setup.sh build|run|test" >&2
    exit 2
    ;;
esac

# What an earlier call found, one path a line, under the sum of what decided it. While all of
# it is still there, there is nothing to do.
stamp=target/setup-$want.stamp
places="${CHIMERA_INSIGHT_MODELS:-} ${XDG_DATA_HOME:-} ${HOME:-}"
key=$(cat scripts/setup.sh scripts/fetch_models.py <(echo "$places") | cksum)

is_done() {
  [ -f "$stamp" ] || return 1
  local first=yes line
  while IFS= read -r line; do
    if [ "$first" = yes ]; then
      [ "$line" = "$key" ] || return 1
      first=no
    else
      [ -e "$line" ] || return 1
    fi
  done <"$stamp"
  [ "$first" = no ]
}

stop() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

# --- what is there -------------------------------------------------------------------------

has() { command -v "$1" >/dev/null 2>&1; }

find_compiler() { command -v c++ || command -v g++ || command -v clang++; }

# The first path that exists, of patterns.
first_of() {
  local path
  for path in "$@"; do
    if [ -e "$path" ]; then
      echo "$path"
      return 0
    fi
  done
  return 1
}

find_libclang() {
  if [ -n "${LIBCLANG_PATH:-}" ]; then
    echo "$LIBCLANG_PATH"
    return 0
  fi
  # Unquoted on purpose: these are patterns.
  first_of /usr/lib/llvm-*/lib/libclang*.so* /usr/lib/*-linux-gnu*/libclang-[0-9]*.so* /usr/lib*/libclang.so* \
    /usr/lib*/llvm*/lib*/libclang.so* /usr/local/lib/libclang.so* \
    /Library/Developer/CommandLineTools/usr/lib/libclang.dylib \
    /Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib/libclang.dylib \
    /opt/homebrew/opt/llvm*/lib/libclang.dylib /usr/local/opt/llvm*/lib/libclang.dylib
}

# libclang alone does not know `stdbool.h`: clang's own headers must be there too.
find_clang_headers() {
  if [ -n "${BINDGEN_EXTRA_CLANG_ARGS:-}" ] || [ -n "${LIBCLANG_PATH:-}" ] || [ "$(uname -s)" = Darwin ]; then
    return 0
  fi
  first_of /usr/lib/llvm-*/lib/clang/*/include/stdbool.h /usr/lib*/clang/*/include/stdbool.h \
    /usr/lib*/llvm*/lib*/clang/*/include/stdbool.h /usr/local/lib/clang/*/include/stdbool.h
}

# What is missing, in words of our own; `debian_names` translates.
missing() {
  find_compiler >/dev/null || echo c++
  has make || echo make
  has cmake || echo cmake
  { find_libclang && find_clang_headers; } >/dev/null || echo libclang
  has ccache || echo ccache
  has python3 || echo python3
  if [ "$want" != build ] && ! python3 scripts/fetch_models.py "$want" --check >/dev/null 2>&1; then
    python3 -m pip --version >/dev/null 2>&1 || echo pip
  fi
}

# --- getting it ----------------------------------------------------------------------------

debian_names() {
  local need
  for need in "$@"; do
    case "$need" in
      c++) echo g++ ;;
      pip) echo python3-pip ;;
      libclang)
        if apt-cache show libclang1-14 libclang-common-14-dev >/dev/null 2>&1; then
          echo libclang1-14
          echo libclang-common-14-dev
        else
          echo libclang-dev
        fi
        ;;
      *) echo "$need" ;;
    esac
  done
}

# How another system calls them, as a command to copy; empty where nothing is known.
other_command() {
  if [ "$(uname -s)" = Darwin ]; then
    echo "xcode-select --install; brew install cmake ccache llvm python3"
  elif has dnf; then
    echo "sudo dnf install gcc-c++ libstdc++-static make cmake clang-devel ccache python3 python3-pip"
  elif has pacman; then
    echo "sudo pacman -S --needed gcc make cmake clang ccache python python-pip"
  elif has zypper; then
    echo "sudo zypper install gcc-c++ libstdc++-devel make cmake clang-devel ccache python3 python3-pip"
  elif has apk; then
    echo "sudo apk add g++ make cmake clang-dev ccache python3 py3-pip"
  fi
}

# Prints the prefix that gives root's rights; fails where there is none without a password.
root_prefix() {
  if [ "$(id -u)" -eq 0 ]; then
    echo "env"
  elif has sudo && sudo -n true 2>/dev/null; then
    echo "sudo -n env"
  else
    return 1
  fi
}

install_with_apt() {
  local root=$1 names log
  shift
  log=$(mktemp)
  # A machine's package lists may be empty or old: they are renewed once, here.
  # shellcheck disable=SC2086 # the prefix is words
  $root DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120 update >"$log" 2>&1 || true
  names=$(debian_names "$@" | tr '\n' ' ')
  echo "setup: installing ${names% }"
  # shellcheck disable=SC2086 # the prefix and the names are words
  $root DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=120 \
    install --no-install-recommends $names >>"$log" 2>&1 ||
    { grep -E '^(E|W):' "$log" || true; } | sed -E 's#(https?|ftp)://[^ ]+#<address>#g' | tail -n 5 >&2
  rm -f "$log"
}

# Of a list of needs, those that nothing can be built without: ccache only saves time.
essential() { printf '%s\n' "$@" | grep -v -e '^ccache$' -e '^$' | tr '\n' ' ' || true; }

packages() {
  local all needed root command
  # Names of needs and packages hold no spaces: they are kept and passed as words.
  all=$(missing | tr '\n' ' ')
  # shellcheck disable=SC2086
  needed=$(essential $all)
  if [ -n "$all" ] && has apt-get && root=$(root_prefix); then
    # shellcheck disable=SC2086
    install_with_apt "$root" $all
    # shellcheck disable=SC2046
    needed=$(essential $(missing))
    [ -z "$needed" ] || stop "apt did not bring: ${needed% }" "install it by hand and call make again"
  elif [ -n "$needed" ]; then
    command=$(other_command)
    if has apt-get; then
      # shellcheck disable=SC2086
      command="sudo apt-get install --no-install-recommends $(debian_names $all | tr '\n' ' ')"
    fi
    stop "missing: ${needed% }" "install with: ${command:-the package manager of this system}"
  elif [ -n "$all" ]; then
    echo "setup: without ccache each new checkout compiles llama.cpp anew" >&2
  fi
  has cargo || stop "cargo is missing; install Rust 1.95 or later from https://rustup.rs and call make again"
}

# --- all of it -----------------------------------------------------------------------------

is_done && exit 0
packages
if [ "$want" != build ]; then
  python3 scripts/fetch_models.py "$want"
fi
mkdir -p target
{
  echo "$key"
  command -v cmake
  find_compiler
  find_libclang
  if [ "$want" != build ]; then
    python3 scripts/fetch_models.py "$want" --check
  fi
} >"$stamp.new"
mv "$stamp.new" "$stamp"
