"""Marks context byte 0 of every packet of a flow that looks like Skype. Never drops."""
from typing import Dict, List

from coven import Packet, Verdict, command, counter, gauge, run, setting

from detector import FLOWS_MAX, Detector

detector = Detector(FLOWS_MAX)

packets = counter("packets", "packets", "packets looked at")
marked = counter("marked", "packets", "packets marked as Skype")
counter("flows_seen", "flows", "flows begun", read=lambda: detector.flows)
counter("flows_evicted", "flows", f"flows forgotten because the table was full ({FLOWS_MAX})", read=lambda: detector.evicted)
counter("skype_flows", "flows", "flows recognized as Skype", read=lambda: detector.skype_flows)
gauge("flows_now", "flows", "flows in the table", read=lambda: len(detector))
udp = setting("udp", False, "", "recognize UDP as well (rules S7 and S8); may mark other protocols")


@command("flows", "the latest flows recognized as Skype")
def flows(_argument: str) -> List[Dict[str, object]]:
    return detector.skype()


@command("reset", "forget all flows")
def reset(_argument: str) -> Dict[str, int]:
    return {"flows": detector.clear()}


@run
def analyze(packet: Packet) -> Verdict:
    packets.add(1)
    if detector.is_skype(packet.bytes(), udp.value):
        packet.context[0] = 1
        marked.add(1)
    return Verdict.FORWARD
