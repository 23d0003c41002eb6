"""Marks every packet of a flow that looks like Skype. Every IP packet is taken apart by Scapy; the rules, the flows and the rest are analyzer/'s."""
import sys
from pathlib import Path

from coven import Packet, run
from coven.scapy import as_scapy
from scapy.layers.inet import TCP, UDP
from scapy.packet import NoPayload, Padding
from scapy.packet import Packet as Layer

sys.path.append(str(Path(__file__).resolve().parent.parent / "analyzer"))
from marking import detector, marks, udp  # noqa: E402


def payload_of(layer: Layer) -> bytes:
    """As it came: Scapy would build anew what it has taken apart."""
    return b"" if isinstance(layer.payload, (NoPayload, Padding)) else layer.payload.original


def is_skype(packet: Packet) -> bool:
    flow = packet.flow
    if flow is None:
        return False  # cut short, or no IP: Scapy would raise on some of these
    p = as_scapy(packet)
    if TCP in p and flow.protocol == 6:
        return detector.segment(flow, p[TCP].seq, int(p[TCP].flags), payload_of(p[TCP]))
    if udp.value and UDP in p and flow.protocol == 17:
        return detector.datagram(flow, payload_of(p[UDP]))
    return False


run(marks(is_skype))
