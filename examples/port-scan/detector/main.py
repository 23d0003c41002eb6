"""Tells who scans ports: sources whose SYNs to many targets stay unanswered. With the setting `block` their packets are dropped."""
from collections import OrderedDict
from itertools import islice
from typing import Dict, List, Optional, Tuple, Union

from coven import Flow, FlowTable, Packet, Verdict, command, counter, flow_table, run, setting

SOURCES_MAX, FORGET_S, LIST_MAX = 16384, 3600, 100
THRESHOLD_MAX, WINDOW_MAX_S = 1000, 3600
SECOND_NS = 1_000_000_000

Target = Tuple[Union[int, bytes], int]

threshold = setting("threshold", 20, "targets", f"unanswered targets that make a scan (1 to {THRESHOLD_MAX})", lambda value: 1 <= value <= THRESHOLD_MAX)
window = setting("window", 60, "s", f"time in which they count (1 to {WINDOW_MAX_S})", lambda value: 1 <= value <= WINDOW_MAX_S)
block = setting("block", False, "", "drop what scanners send, until their window is over")
probes = counter("probes", "packets", "SYNs of clients")
scans = counter("scans", "scans", "scans begun")
dropped = counter("dropped", "packets", "packets of scanners discarded")


class Source:
    """Who sends SYNs: the targets that have not answered, the longest unasked first, and when each was asked last."""

    __slots__ = ("address", "unanswered", "scans_until_ns", "scans")

    def __init__(self, address: str) -> None:
        self.address = address
        self.unanswered: "OrderedDict[Target, int]" = OrderedDict()
        self.scans_until_ns = self.scans = 0

    def ask(self, target: Target, now_ns: int) -> None:
        window_ns = window.value * SECOND_NS
        self.unanswered[target] = now_ns
        self.unanswered.move_to_end(target)
        while len(self.unanswered) > THRESHOLD_MAX + 1 or next(iter(self.unanswered.values())) <= now_ns - window_ns:
            self.unanswered.popitem(last=False)
        if len(self.unanswered) > threshold.value:
            self._alarm(now_ns, window_ns)

    def _alarm(self, now_ns: int, window_ns: int) -> None:
        if now_ns >= self.scans_until_ns:
            self.scans += 1
            scans.add()
        self.scans_until_ns = now_ns + window_ns


sources: "FlowTable[Source]" = flow_table("sources", SOURCES_MAX, FORGET_S, symmetric=False)


def source_of(flow: Flow) -> Flow:
    """A source as a key: its flow to nowhere."""
    return Flow(flow.protocol, flow.source_text, "::" if isinstance(flow.source, bytes) else "0.0.0.0")


def asked(flow: Flow, now_ns: int) -> None:
    probes.add()
    key = source_of(flow)
    source = sources.get(key)
    if source is None:
        source = Source(flow.source_text)
        sources.put(key, source)
    source.ask((flow.destination, flow.destination_port), now_ns)


def answered(flow: Flow) -> None:
    source = sources.get(source_of(flow.reversed))
    if source is not None:
        source.unanswered.pop((flow.source, flow.source_port), None)


@command("scanners", "sources that have scanned, the latest active first")
def scanners(_argument: str) -> List[Dict[str, object]]:
    found = (source for _, source in sources.items() if source.scans)
    return [{"source": one.address, "scans": one.scans, "unanswered": len(one.unanswered)} for one in islice(found, LIST_MAX)]


def is_blocked(flow: Optional[Flow], now_ns: int) -> bool:
    source = sources.get(source_of(flow)) if flow is not None else None
    return source is not None and now_ns < source.scans_until_ns


@run
def detect(packet: Packet) -> Verdict:
    tcp, flow = packet.tcp, packet.flow
    if tcp is not None and flow is not None and tcp.syn:
        if tcp.ack:
            answered(flow)
        else:
            asked(flow, packet.time_ns)
    if block.value and is_blocked(flow, packet.time_ns):
        dropped.add()
        return Verdict.DROP
    return Verdict.FORWARD
