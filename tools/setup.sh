#!/bin/sh
# Installs what COVEN needs to build and run, saying what and why. Changes nothing that is there already.
# As root on Debian and its kin it installs by itself; elsewhere it says what to install.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "setup: $*"; }
has() { command -v "$1" >/dev/null 2>&1; }
# at_least HAVE WANT: is version HAVE not below WANT?
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

packages=""
need() { # need COMMAND PACKAGE WHY
    has "$1" && return 0
    say "$1 is missing ($3): package $2"
    packages="$packages $2"
}

need cc gcc "compiles the C SDK and C components"
need make make "runs the build"
need ip iproute2 "makes the demo's hosts and interfaces"
need unshare util-linux "makes the demo's network namespaces"
need ping iputils-ping "measures round-trip times"
need python3 python3 "runs Python components"
if has python3 && ! python3 -c 'import sysconfig, os, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' 2>/dev/null; then
    say "Python's headers are missing (the Python SDK is a small extension): package python3-dev"
    packages="$packages python3-dev"
fi
has python3 || packages="$packages python3-dev"

rust_min=1.85
rust_have=$(rustc --version 2>/dev/null | cut -d' ' -f2 || true)
if ! has cargo || ! at_least "${rust_have:-0}" "$rust_min"; then
    say "Rust $rust_min or newer is missing (found ${rust_have:-none}; builds the engine): packages rustc-web cargo-web"
    packages="$packages rustc-web cargo-web"
fi

if ! has npm; then
    say "npm is missing (fetches the libraries of the control plane): package npm"
    packages="$packages npm"
fi

if [ -n "$packages" ]; then
    if [ "$(id -u)" = 0 ] && has apt-get; then
        apt-get update -qq
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
    else
        say "please install:$packages   (as root: apt-get install$packages)"
        exit 1
    fi
fi

# Node 20.19 or newer: the system's, or npm's own `node` package beside our libraries.
node_min=20.19
node_have=$(node --version 2>/dev/null | sed 's/^v//' || true)
if ! at_least "${node_have:-0}" "$node_min"; then
    say "Node $node_min or newer is missing (found ${node_have:-none}; runs the control plane): npm's node package, into build/node"
    npm install --silent --no-fund --no-audit --prefix build/node node@22 >/dev/null
fi
say "ready"
