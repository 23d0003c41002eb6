"""Marks context byte 0 of every packet of a flow that looks like Skype. Never drops."""
from typing import Dict, List

from coven import FlowTable, Packet, Verdict, command, counter, flow_table, run, setting

from detector import FLOWS_MAX, UNUSED_S, Conversation, Detector

table: "FlowTable[Conversation]" = flow_table("table", FLOWS_MAX, UNUSED_S)
detector = Detector(table)

packets = counter("packets", "packets", "packets looked at")
marked = counter("marked", "packets", "packets marked as Skype")
counter("flows_seen", "flows", "flows begun", read=lambda: detector.flows)
counter("skype_flows", "flows", "flows recognized as Skype", read=lambda: detector.skype_flows)
udp = setting("udp", False, "", "recognize UDP as well (rules S7 and S8); may mark other protocols")


@command("flows", "the latest flows recognized as Skype")
def flows(_argument: str) -> List[Dict[str, object]]:
    return detector.skype()


@command("reset", "forget all flows")
def reset(_argument: str) -> Dict[str, int]:
    return {"flows": detector.clear()}


def is_skype(packet: Packet) -> bool:
    tcp = packet.tcp
    if tcp is None and not (udp.value and packet.udp):
        return False
    flow, payload = packet.flow, packet.payload
    assert flow is not None and payload is not None  # where there is TCP or UDP there are both
    return detector.segment(flow, tcp.sequence, tcp.flags, payload) if tcp else detector.datagram(flow, payload)


@run
def analyze(packet: Packet) -> Verdict:
    packets.add()
    if is_skype(packet):
        packet.context[0] = 1
        marked.add()
    return Verdict.FORWARD
