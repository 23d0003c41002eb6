# The kernel does the rest: nothing of this runs on. The two interfaces become a bridge, and nftables filters what crosses it.
set -e
ip link add name br0 type bridge mcast_snooping 0
ip link set in master br0
ip link set out master br0
ip link set br0 up
nft -f rules.nft
