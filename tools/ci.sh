#!/bin/sh
# ci.sh: what CI has beside tools/setup.sh, on Debian and its kin: programs that judge what COVEN emits (conformance/nsh) or speak with it (DPDK, libpcap), and what the
# examples of programs that know only interfaces (examples/netdev) and of frameworks from outside (examples/frameworks) are made of.
# Tests that miss one are skipped, saying so.
set -eu
packages="tshark tcpdump openvswitch-switch dpdk libdpdk-dev libpcap0.8 librte-net-memif23 nftables iproute2 libpcap-dev libnet1-dev libtins-dev libndpi-bin maven liblua5.4-dev"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "ci: tests that need one of these are skipped where it is missing: $packages"
    exit 0
fi
apt-get update -qq
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; }
# shellcheck disable=SC2086
install $packages
# Scapy for the python3 that comes first on the PATH, which need not be Debian's.
python3 -c 'import scapy' 2>/dev/null || python3 -m pip install --quiet --break-system-packages scapy==2.6.1 || install python3-scapy
