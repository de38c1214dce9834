#!/usr/bin/env bash
# Runs the fuzz targets of fuzz/ under libFuzzer, one after another, and fails if one of them found something.
#
#   fuzz.sh SECONDS [TARGET] [keep]
#
# The stable toolchain is enough. LLVM's coverage counters are an ordinary compiler pass, and libFuzzer steers by them.
# Only the sanitizers need a nightly one. They find wrong uses of memory, which this code has no way to make: it has no
# `unsafe`. Debug assertions and overflow checks are on. With `keep`, what reached new code goes into fuzz/corpora/.
set -euo pipefail

cd "$(dirname -- "${BASH_SOURCE[0]}")/.."
# shellcheck source=tools/env.sh
. tools/env.sh

readonly FOR=${1:?how many seconds for each target?} ONLY=${2:-} KEEP=${3:-}
# What stays from run to run: the inputs that reached new code, what libFuzzer said, and what it found.
readonly ROOM=$POSTERN_ROOT/target/fuzz

say() { printf 'postern: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

[[ $FOR =~ ^[1-9][0-9]*$ ]] || die "SECONDS must be a whole number of seconds, such as SECONDS=60"
command -v c++ >/dev/null || die "libFuzzer is compiled with a C++ compiler, and there is none: install g++ or clang"

# The tool as everything else is compiled, for it is not what is fuzzed.
tool() { cargo run -q -p postern-fuzz --bin postern-fuzz -- "$@"; }

# Compiled for the host by its name, so that build scripts and macros are not instrumented.
compile() {
  local host
  host=$(rustc -vV | sed -n 's/^host: //p')
  say "compiling the targets with coverage counters (two minutes the first time)"
  RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0" \
    cargo build -q -p postern-fuzz --bin libfuzzer --profile fuzz --target "$host" --target-dir "$ROOM/build"
  BINARY=$ROOM/build/$host/fuzz/libfuzzer
}

libfuzzer() { POSTERN_FUZZ_TARGET=$1 "$BINARY" -max_len=4096 -timeout=10 -rss_limit_mb=1024 "${@:2}"; }

# A number that libFuzzer gives at its end.
final() { sed -n "s/^stat::$2: *//p" "$1"; }

fuzz() {
  local target=$1 corpus=$ROOM/corpora/$1 found=$ROOM/found/$1- log=$ROOM/$1.log
  mkdir -p "$ROOM/found"
  tool unpack "$target" "$corpus"
  if ! libfuzzer "$target" -max_total_time="$FOR" -print_final_stats=1 -artifact_prefix="$found" "$corpus" 2>"$log"; then
    grep -aE -A 3 'panicked|ERROR: libFuzzer' "$log" >&2 || tail -n 20 "$log" >&2
    say "$target: found something, see $log"
    say "to look at it again: cargo run -p postern-fuzz check $target ${found}..."
    return 1
  fi
  say "$target: $(final "$log" number_of_executed_units) inputs, $(final "$log" new_units_added) of them reached" \
    "new code; $(final "$log" peak_rss_mb) MB"
  [ -z "$KEEP" ] || keep "$target" "$corpus"
}

# The fewest inputs that reach all that was reached, as far as the corpus has room.
keep() {
  local few=$ROOM/few
  rm -rf "$few"
  mkdir "$few"
  libfuzzer "$1" -set_cover_merge=1 "$few" "$2" 2>>"$ROOM/$1.log"
  tool pack "$1" "$few"
}

targets=$(tool list)
if [ -n "$ONLY" ]; then
  grep -qx -- "$ONLY" <<<"$targets" || die "there is no target '$ONLY'; these are there:" $targets
  targets=$ONLY
fi
compile
count=$(wc -l <<<"$targets")
say "fuzzing $count targets, $FOR seconds each"
at=0
failed=
for target in $targets; do
  at=$((at + 1))
  say "$target ($at of $count)"
  fuzz "$target" || failed="$failed $target"
done
[ -z "$failed" ] || die "these found something:$failed"
