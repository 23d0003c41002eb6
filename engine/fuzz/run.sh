#!/bin/sh
# Fuzzes each target for FUZZ_SECONDS (3): libFuzzer, led by coverage, which stable Rust can count too. It starts from corpus/, which is
# committed; what it finds on the way goes to target/corpus, and an input that fails to findings/, where it can be run by itself:
#   FUZZ_TARGET=proxy target/HOST/release/coven-fuzz findings/proxy-crash-…
set -eu
cd "$(dirname "$0")"
if ! command -v c++ >/dev/null 2>&1; then
    echo "SKIP fuzzing: there is no C++ compiler here, which libFuzzer is built with (Debian: g++)"
    exit 0
fi
host=$(rustc -vV | sed -n 's/^host: //p')
counted="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
counted="$counted -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
# Not --locked: the crates of the engine bring what they need, as its own lock file says.
RUSTFLAGS="$counted" cargo build --release --quiet --target "$host"

# The memory of a channel stays mapped for the life of a process, which may have 65,530 mappings: who makes channels starts anew now and then.
runs_of() { case $1 in accounts | rings | control) echo 10000 ;; *) echo -1 ;; esac; }

fuzz() { # fuzz TARGET: until the time is over, or something fails
    end=$(($(date +%s) + ${FUZZ_SECONDS:-3}))
    while left=$((end - $(date +%s))) && [ "$left" -gt 0 ]; do
        FUZZ_TARGET=$1 "target/$host/release/coven-fuzz" -max_total_time="$left" -runs="$(runs_of "$1")" -max_len=2048 -timeout=10 -rss_limit_mb=2048 \
            -artifact_prefix="findings/$1-" "target/corpus/$1" "corpus/$1" >"target/$1.log" 2>&1 || return 1
    done
}

passed=0 failed=0
for corpus in corpus/*; do
    target=${corpus#corpus/}
    mkdir -p "target/corpus/$target" findings
    if fuzz "$target"; then
        passed=$((passed + 1))
        echo "$target: $(tail -n 1 "target/$target.log")"
    else
        failed=$((failed + 1))
        tail -n 30 "target/$target.log"
        echo "$target failed; its input is in engine/fuzz/findings"
    fi
done
rmdir findings 2>/dev/null || true
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
