"""Which flows are Skype: for each flow of a bounded table the rules (skype.py), applied to its first payloads.

Knows flows and payloads, and nothing of how packets are read; the effect on the packet is in main.py.
"""
from itertools import islice
from typing import Dict, List, Optional, Union

from coven import Flow, FlowTable

from skype import WELL_KNOWN_PORTS, Opening, client_rule, datagram_rule, is_reply_to, server_rule

FLOWS_MAX = 65536
UNUSED_S = 3600
LOOKS_MAX = 16  # payloads of a flow that are looked at; the rules speak of a flow's first data packets
LIST_MAX = 128

Bytes = Union[bytes, memoryview]
_SYN, _ACK = 0x02, 0x10


class Conversation:
    """One TCP or UDP conversation. `rule` is the one that told it to be Skype's, None so far."""

    __slots__ = ("client", "rule", "looks", "first", "opening", "identifiers", "packets")

    def __init__(self, client: Flow, first: int = -1, opening: Optional[Opening] = None) -> None:
        self.client = client
        self.first = first
        self.opening = opening
        self.looks = LOOKS_MAX
        self.rule: Optional[str] = None
        self.identifiers: List[Optional[bytes]] = [None, None]
        self.packets = 0

    def describe(self) -> Dict[str, object]:
        flow = self.client
        return {
            "client": _end_text(flow.source_text, flow.source_port),
            "server": _end_text(flow.destination_text, flow.destination_port),
            "rule": self.rule,
            "packets": self.packets,
        }


class Detector:
    """Counts the flows that began, and those recognized; `table` holds them."""

    def __init__(self, table: "FlowTable[Conversation]") -> None:
        self.flows = self.skype_flows = 0
        self._table = table

    def segment(self, flow: Flow, sequence: int, flags: int, payload: Bytes) -> bool:
        """Whether a TCP segment belongs to a flow that is known for Skype's, by this segment or an earlier one."""
        seen = self._table.get(flow)
        if flags & _SYN:
            seen = self._opened(flow, seen, sequence, flags & _ACK)
        if seen is None:
            if not payload:
                return False
            seen = self._add(flow, Conversation(_likely_client(flow)))  # its beginning, which S6 needs, was not seen
        if seen.rule is None and seen.looks and payload:
            self._look(seen, flow == seen.client, sequence, bytes(payload))
        return _counted(seen)

    def datagram(self, flow: Flow, payload: Bytes) -> bool:
        """The same for a UDP datagram (S7 and S8)."""
        if not _is_unprivileged(flow) or _is_multicast(flow):
            return False
        seen = self._table.get(flow) or self._add(flow, Conversation(flow))
        if seen.rule is None and seen.looks:
            seen.looks -= 1
            data, from_client = bytes(payload), flow == seen.client
            reply = is_reply_to(data, seen.identifiers[not from_client])
            seen.identifiers[from_client] = data[:2]
            self._decide(seen, "S8" if reply else datagram_rule(data))
        return _counted(seen)

    def skype(self, limit: int = LIST_MAX) -> List[Dict[str, object]]:
        """The flows known for Skype's, the latest used first, at most `limit`."""
        found = (seen for _, seen in self._table.items() if seen.rule)
        return [seen.describe() for seen in islice(found, limit)]

    def clear(self) -> int:
        """Forget every flow. Returns how many there were."""
        return self._table.clear()

    def _opened(self, flow: Flow, seen: Optional[Conversation], sequence: int, answer: int) -> Conversation:
        """The flow of a SYN. A new first sequence number is a new flow on old ports; the same again is a retransmission."""
        if answer:
            return seen or self._add(flow, Conversation(flow.reversed, -1, _opening(flow)))
        if seen is not None and seen.first == sequence:
            return seen
        return self._add(flow, Conversation(flow, sequence, _opening(flow)))

    def _look(self, seen: Conversation, from_client: bool, sequence: int, payload: bytes) -> None:
        seen.looks -= 1
        rule = client_rule(payload) if from_client else server_rule(payload)
        if rule is None and seen.opening is not None and seen.opening.feed(from_client, sequence, payload):
            rule = "S6"
        self._decide(seen, rule)

    def _decide(self, seen: Conversation, rule: Optional[str]) -> None:
        if rule is not None:
            seen.rule = rule
            self.skype_flows += 1

    def _add(self, flow: Flow, seen: Conversation) -> Conversation:
        self._table.put(flow, seen)
        self.flows += 1
        return seen


def _counted(seen: Conversation) -> bool:
    if seen.rule is None:
        return False
    seen.packets += 1
    return True


def _likely_client(flow: Flow) -> Flow:
    """Of a flow that began unseen: the side with the higher port."""
    return flow if flow.source_port >= flow.destination_port else flow.reversed


def _opening(flow: Flow) -> Optional[Opening]:
    return Opening() if _is_unprivileged(flow) else None


def _is_unprivileged(flow: Flow) -> bool:
    return flow.source_port >= WELL_KNOWN_PORTS and flow.destination_port >= WELL_KNOWN_PORTS


def _is_multicast(flow: Flow) -> bool:
    """Or broadcast."""
    to = flow.destination
    return to >= 224 << 24 if isinstance(to, int) else to[0] == 0xFF


def _end_text(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
