#!/bin/sh
# setup.sh [build|node|test|check]: installs what that part of COVEN needs and is missing, saying what and why; changes nothing else.
# As root on Debian and its kin it installs by itself; elsewhere it says what to install, and goes on where it can.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
log=build/setup.log

say() { printf '%s\n' "setup: $*"; }
has() { command -v "$1" >/dev/null 2>&1; }
# at_least HAVE WANT: is version HAVE not below WANT?
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }
can_install() { [ "$(id -u)" = 0 ] && has apt-get; }
logged() { "$@" >"$log" 2>&1 || { tail -n 20 "$log" >&2; say "failed: $*"; exit 1; }; }

needed="" wanted=""
missing() { # missing WHAT PACKAGES WHY
    say "$1 is missing ($3): $2"
    needed="$needed $2"
}
without() { # without COMMAND PACKAGE WHY: COVEN does less without it
    has "$1" && return 0
    say "$1 is missing ($3): $2"
    wanted="$wanted $2"
}

compiles_c() { echo '#include <stdio.h>' | cc -E - >/dev/null 2>&1; }
has_python_headers() { python3 -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' 2>/dev/null; }

rust_min=1.85
rust_version() { rustc --version 2>/dev/null | cut -d' ' -f2; }
rust_fits() { has cargo && at_least "$(rust_version)" "$rust_min"; }
# Debian 12 has a Rust new enough beside its own, under another name; later ones need no other.
rust_packages() {
    offered=$(LC_ALL=C apt-cache policy cargo 2>/dev/null | sed -n 's/.*Candidate: \([0-9.]*\).*/\1/p')
    if at_least "${offered:-0}" "$rust_min"; then echo "cargo rustc"; else echo "cargo-web rustc-web"; fi
}

node_min=20.19 node_package=node@22.23.3 node_folder=build/node
node_version() { node --version 2>/dev/null | sed 's/^v//'; }

build_needs() {
    compiles_c || missing "a C compiler" "gcc libc6-dev" "builds the SDKs and components in C"
    has python3 || missing python3 python3 "runs components in Python"
    has_python_headers || missing "Python.h" python3-dev "the Python SDK is an extension in C"
    rust_fits || missing "Rust $rust_min or newer" "$(rust_packages)" "builds the engine; found ${rust_have:-none}"
    without ip iproute2 "makes interfaces; without it the demo runs on capture files"
    without unshare util-linux "makes hosts; without it the demo runs on capture files"
    without ping iputils-ping "measures round-trip times; without it the demo runs on capture files"
}
node_needs() { has npm || missing npm npm "fetches the libraries of the control plane"; }
test_needs() {
    python3 -c 'import pytest' 2>/dev/null || without "python3 -m pytest" python3-pytest "runs the Python SDK's tests, which are skipped without it"
    without c++ g++ "tests components in C++, which is skipped without it"
}
check_needs() {
    web=""
    if dpkg-query -W rustc-web >/dev/null 2>&1; then web=-web; fi
    cargo fmt --version >/dev/null 2>&1 || missing "cargo fmt" "rustfmt$web" "checks how the Rust reads; with rustup: rustup component add rustfmt"
    cargo clippy --version >/dev/null 2>&1 || missing "cargo clippy" "rust$web-clippy" "checks the Rust; with rustup: rustup component add clippy"
}

install() {
    [ -n "$needed$wanted" ] || return 0
    if can_install; then
        say "installing them with apt-get; what it says goes to $log"
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive logged apt-get install -y --no-install-recommends $needed $wanted
        return 0
    fi
    say "as root: apt-get install --no-install-recommends$needed$wanted"
    [ -z "$needed" ] || { say "cannot go on without$needed"; exit 1; }
    say "going on without$wanted"
}

# Node new enough: the system's, or npm's own `node` package in a folder of ours (tools/env.sh puts it first).
install_node() {
    at_least "$(node_version)" "$node_min" && return 0
    say "Node $node_min or newer is missing (runs the control plane; found $(node_version || true)): npm's $node_package, in $node_folder"
    logged npm install --no-fund --no-audit --prefix "$node_folder" "$node_package"
}

part=${1:-build}
rust_have=$(rust_version || true)
if can_install && ! rust_fits && [ "$part" = build ]; then logged apt-get update; fi
case $part in
build)
    build_needs
    # Who has to install by hand wants to hear it all at once.
    can_install || node_needs
    install
    rust_fits || { say "Rust is still $(rust_version): $(command -v cargo) comes first on the PATH; update it (rustup update) or take it off"; exit 1; }
    ;;
node) node_needs; install; install_node ;;
test) test_needs; install ;;
check) check_needs; install ;;
*) say "there is no part $part: build, node, test or check"; exit 2 ;;
esac
