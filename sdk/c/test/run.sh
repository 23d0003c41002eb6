#!/bin/sh
# Runs the tests in build folder $1: the unit tests, then whole components under the stand-in data plane. Ends with one line, N passed, N failed.
# COVEN_RUNNER: the program that runs those of another machine (tools/arm64.sh).
home=$PWD
cd "$1" || exit 2
passed=0 failed=0

run=${COVEN_RUNNER:-}
count=$($run ./unit | tail -n 1)
set -- $count
passed=${1:-0} failed=${3:-1}

# try NAME COMMAND...: passes if the command does. With WANT, its output must match that pattern as well.
try() {
    name=$1
    shift
    output=$(timeout 300 $run "$@" 2>peer.log)
    status=$?
    if [ $status -eq 0 ] && printf '%s' "$output" | grep -q -e "${WANT:-^}"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'failed: %s: status %s\n%s\n' "$name" $status "$output" >&2
        tail -n 5 peer.log >&2
    fi
    WANT=
}

try "forwards" ./peer --packets 20000 -- $run ./forward
WANT='"dropped":{"component":6667},"context_changed":0' try "filter drops what is marked" ./peer --packets 20000 --mark 3 -- $run ./filter
WANT='{"name":"dropped","value":6667}.*{"name":"forwarded","value":13333}' \
    try "agent beside traffic" ./peer --packets 20000 --mark 3 --before check --agent "get dropped" --agent "get forwarded" -- $run ./filter
try "lanes and outputs" ./peer --packets 20000 --lanes 4 --outputs out,aside -- $run ./forward
WANT='"dropped":{},' try "blocking edges lose nothing" ./peer --packets 20000 --limit 4 --block -- $run ./forward
try "small pool" ./peer --packets 20000 --frames 64 --limit 16 --mark 2 -- $run ./filter
try "spinning" ./peer --packets 20000 --spin 50000 -- $run ./forward
WANT='"created":[1-9]' try "packets of its own" ./peer --packets 20000 --creates --outputs out,copies -- $run ./twin
try "packets of its own, blocked" ./peer --packets 20000 --creates --outputs out,copies --limit 8 --block -- $run ./twin
try "killed under load" ./peer --kill --rounds "${COVEN_KILLS:-20}" --packets 2000 -- $run ./slow
try "killed under load while it creates" ./peer --kill --rounds "${COVEN_KILLS:-20}" --packets 2000 --creates --outputs out,copies --lanes 2 -- $run ./twin
if [ -x ./twin-cpp ]; then
    WANT='"dropped":{"component":6667},"context_changed":0' try "C++: filter drops what is marked" ./peer --packets 20000 --block --mark 3 -- $run ./filter-cpp
    WANT='"returned":{"out":20000},"dropped":{}' try "C++: forwards" ./peer --packets 20000 --block --lanes 3 -- $run ./forward-cpp
    WANT='"component_error":2500}.*"result":"hi".*refuses this value.*{"name":"every","value":3}.*"failed","text":"nothing to say"' \
        try "C++: packets of its own, exceptions, agent" ./peer --packets 20000 --block --creates --outputs out,copies \
        --agent "call echo hi" --agent "set every 1" --agent "set every 3" --agent "call echo" -- $run ./twin-cpp
    WANT='"returned":{"out":6000},"dropped":{"component":3000}' try "C++: bursts" ./peer --packets 9000 --block --mark 3 -- $run ./twin-cpp burst
    WANT='passed, 0 failed' try "C++: face" ./test-cpp
    try "C++: killed under load" ./peer --kill --rounds "${COVEN_KILLS:-20}" --packets 2000 --creates --outputs out,copies -- $run ./twin-cpp
else
    echo "SKIP C++: there is no C++ compiler"
fi
for seed in 1 2 3; do
    try "hostile peer $seed" ./peer --hostile $((seed * 1000)) --rounds "${COVEN_ROUNDS:-6}" --creates --lanes 2 --outputs out,aside -- $run ./twin
    try "hostile peer $seed, blocking edges" ./peer --hostile $((seed * 2000)) --rounds "${COVEN_ROUNDS:-6}" --block --limit 16 -- $run ./forward
done

# sanitized WHICH TARGET: `make TARGET`, where the compiler and this kernel have that sanitizer.
sanitized() {
    if printf 'int main(void) { return 0; }' | ${CC:-cc} -fsanitize="$1" -x c - -o probe 2>/dev/null && ./probe 2>/dev/null; then
        try "under $1" make --no-print-directory -C "$home" "$2"
    else
        echo "SKIP under $1: the compiler or the kernel does not have it"
    fi
}
if [ -z "$run" ]; then
    sanitized thread tsan
    sanitized address,undefined asan
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
