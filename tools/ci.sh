#!/bin/sh
# ci.sh: what CI has beside tools/setup.sh, on Debian and its kin: programs that judge what COVEN emits (conformance/nsh), and
# what installs the SDKs as packages (conformance/packages.test.ts; run `make packages` before, which fetches what they need).
# Tests that miss one are skipped, saying so.
set -eu
packages="tshark tcpdump openvswitch-switch \
    pkg-config python3-pip python3-venv maven"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "ci: tests that need one of these are skipped where it is missing: $packages"
    exit 0
fi
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >/dev/null
