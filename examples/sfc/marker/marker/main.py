"""Sees each packet with its NSH, as on the wire, and writes into the context's field `class` what kind it is."""
from coven import Packet, Verdict, counter, run

marked = counter("marked", "packets", "packets whose class was written")

ETHERNET, NSH_BASE = 14, 8
CONTEXT = ETHERNET + NSH_BASE  # RFC 8300: tenant 32 bits, class 8, rest 88 (vnf.yaml, nsh.contexts)
CLASS = CONTEXT + 4
INNER = CONTEXT + 16  # MD type 1: the context is all of the metadata
UDP_DESTINATION = INNER + ETHERNET + 20 + 2  # IPv4 without options

CLASSES = {53: 1, 443: 2}  # DNS, QUIC
OTHER = 3


@run
def mark(packet: Packet) -> Verdict:
    if packet.length >= UDP_DESTINATION + 2 and packet.u16(12) == 0x894F:
        packet[CLASS] = CLASSES.get(packet.u16(UDP_DESTINATION), OTHER)
        marked.add(1)
    return Verdict.FORWARD
