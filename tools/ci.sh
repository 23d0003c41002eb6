#!/bin/sh
# ci.sh: what CI has beside tools/setup.sh, as root on Debian and its kin: programs that judge what COVEN emits (conformance/nsh),
# Scapy, which an adapter of the Python SDK and a variant of the firewall's analyzer are for, and mypy, which judges that SDK's type hints.
# Tests that miss one are skipped, saying so.
set -eu
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends tshark tcpdump openvswitch-switch python3-scapy mypy >/dev/null
