"""Reads the EtherType of every packet and counts IPv4, a burst at a time."""
from coven import Burst, counter, run_burst

ipv4 = counter("ipv4", "packets", "packets whose EtherType is IPv4")


@run_burst
def count(burst: Burst) -> None:
    ipv4.add(burst.u16(12).count(0x0800))
