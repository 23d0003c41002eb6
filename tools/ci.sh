#!/bin/sh
# ci.sh: what CI has beside tools/setup.sh, on Debian and its kin. Tests that miss one are skipped, saying so.
set -eu

packages="
    tshark tcpdump openvswitch-switch
    dpdk libdpdk-dev librte-net-memif23 libpcap0.8
    nftables iproute2 libpcap-dev libnet1-dev libtins-dev libndpi-bin
    liblua5.4-dev
    pkg-config python3-pip python3-venv maven
    strace
    gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
"
# In that order: judges of what COVEN emits (conformance/nsh); who speaks memif and DPDK with it; programs that know only interfaces
# (examples/netdev); a framework from outside (examples/frameworks); who installs the SDKs as packages (conformance/packages.test.ts);
# who counts system calls (bench/src/calls.test.ts); what compiles for arm64 and runs it (tools/arm64.sh).

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "ci: tests that need one of these are skipped where it is missing:" $packages
    exit 0
fi
apt-get update -qq
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
# shellcheck disable=SC2086
install $packages
# A Rust that can compile for arm64: Debian's, beside whatever comes first on the PATH, and the standard library of that architecture.
rust=rustc-web cargo=cargo-web
apt-cache show rustc-web >/dev/null 2>&1 || { rust=rustc cargo=cargo; }
install "$rust" "$cargo" && sh "$(dirname "$0")/arm64.sh" fetch || echo "ci: no Rust for arm64"
# Scapy, and mypy, which judges the types of the Python SDK, for the python3 that comes first on the PATH, which need not be Debian's.
for_python() { python3 -c "import $1" 2>/dev/null || python3 -m pip install --quiet --break-system-packages "$1==$2" || install "$3"; }
for_python scapy 2.6.1 python3-scapy
for_python mypy 1.20.0 mypy
# What examples/netdev/pcap4j takes from Maven: tests run without a network (tools/isolate.sh), which find it in Maven's own store then.
jars=$(mktemp -d)
mvn -q -B -f examples/netdev/pcap4j/pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy-dependencies "-DoutputDirectory=$jars" || echo "ci: Maven cannot get Pcap4J"
rm -rf "$jars"
