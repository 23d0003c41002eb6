"""Marks every packet of a flow that looks like Skype. Reads packets with the SDK's views."""
from coven import Packet, run

from marking import detector, marks, udp


def is_skype(packet: Packet) -> bool:
    tcp = packet.tcp
    if tcp is None and not (udp.value and packet.udp):
        return False
    flow, payload = packet.flow, packet.payload
    assert flow is not None and payload is not None  # where there is TCP or UDP there are both
    return detector.segment(flow, tcp.sequence, tcp.flags, payload) if tcp else detector.datagram(flow, payload)


run(marks(is_skype))
