"""The component around the detector: what operators see, and the mark. Who reads the packets is given to `marks`."""
from typing import Callable, Dict, List

from coven import FlowTable, Packet, Verdict, command, counter, flow_table, setting

from detector import FLOWS_MAX, UNUSED_S, Conversation, Detector

table: "FlowTable[Conversation]" = flow_table("tracked", FLOWS_MAX, UNUSED_S)
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


def marks(is_skype: Callable[[Packet], bool]) -> Callable[[Packet], Verdict]:
    """The component's function: context byte 0 becomes 1 in every packet that `is_skype` tells. It never drops."""

    def analyze(packet: Packet) -> Verdict:
        packets.add()
        if is_skype(packet):
            packet.context[0] = 1
            marked.add()
        return Verdict.FORWARD

    return analyze
