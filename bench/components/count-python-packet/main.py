"""Reads the EtherType of every packet and counts IPv4, one packet at a time."""
from coven import Packet, Verdict, counter, run

ipv4 = counter("ipv4", "packets", "packets whose EtherType is IPv4")


@run
def count(packet: Packet) -> Verdict:
    if packet.u16(12) == 0x0800:
        ipv4.add(1)
    return Verdict.FORWARD
