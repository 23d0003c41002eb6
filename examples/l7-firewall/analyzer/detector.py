"""Which flows are Skype: a bounded table of flows, and for each the rules (skype.py) applied to its first payloads.

Pure: frames in, a verdict out. The effect on the packet is in main.py.
"""
from collections import OrderedDict
from ipaddress import ip_address
from itertools import islice
from struct import Struct
from typing import Dict, List, Optional

from skype import WELL_KNOWN_PORTS, Opening, client_rule, datagram_rule, is_reply_to, server_rule
from wire import TCP, locate

FLOWS_MAX = 65536
LOOKS_MAX = 16  # payloads of a flow that are looked at; the rules speak of a flow's first data packets
LIST_MAX = 128

_tcp = Struct("!IxxxxBB").unpack_from
_SYN, _ACK = 0x02, 0x10


class Flow:
    """One TCP or UDP conversation. `rule` is the one that told it to be Skype's, None so far."""

    __slots__ = ("client", "server", "rule", "looks", "first", "opening", "identifiers", "packets")

    def __init__(self, client: bytes, server: bytes, first: int = -1, opening: Optional[Opening] = None) -> None:
        self.client, self.server = client, server
        self.first = first
        self.opening = opening
        self.looks = LOOKS_MAX
        self.rule: Optional[str] = None
        self.identifiers: List[Optional[bytes]] = [None, None]
        self.packets = 0

    def describe(self) -> Dict[str, object]:
        return {"client": _end_text(self.client), "server": _end_text(self.server), "rule": self.rule, "packets": self.packets}


class Detector:
    """Counts flows seen, evicted (the table is full: the longest unused goes) and recognized."""

    def __init__(self, flows_max: int = FLOWS_MAX) -> None:
        self.flows = self.evicted = self.skype_flows = 0
        self._flows_max = flows_max
        self._table: "OrderedDict[bytes, Flow]" = OrderedDict()

    def __len__(self) -> int:
        return len(self._table)

    def is_skype(self, frame: bytes, udp: bool = False) -> bool:
        """Whether `frame` belongs to a flow that is known for Skype's, by this frame or an earlier one. `udp` adds S7 and S8."""
        located = locate(frame)
        if located is None:
            return False
        protocol, source, destination, start, end = located
        if protocol == TCP:
            flow = self._tcp_flow(frame, source, destination, start, end)
        else:
            flow = self._udp_flow(frame, source, destination, start, end) if udp else None
        if flow is None or flow.rule is None:
            return False
        flow.packets += 1
        return True

    def skype(self, limit: int = LIST_MAX) -> List[Dict[str, object]]:
        """The flows known for Skype's, the latest used first, at most `limit`."""
        found = (flow for flow in reversed(self._table.values()) if flow.rule)
        return [flow.describe() for flow in islice(found, limit)]

    def clear(self) -> int:
        """Forget every flow. Returns how many there were."""
        count = len(self._table)
        self._table.clear()
        return count

    def _tcp_flow(self, frame: bytes, source: bytes, destination: bytes, start: int, end: int) -> Optional[Flow]:
        key = source + destination if source < destination else destination + source
        flow = self._table.get(key)
        sequence, offset, flags = _tcp(frame, start + 4)
        if flags & _SYN:
            flow = self._opened(key, flow, source, destination, sequence, flags & _ACK)
        body = start + (offset >> 4) * 4
        if flow is None:
            if body >= end:
                return None
            flow = self._add(key, _without_syn(source, destination))
        self._table.move_to_end(key)
        if flow.rule is None and flow.looks and body < end:
            self._look(flow, source == flow.client, sequence, frame[body:end])
        return flow

    def _opened(self, key: bytes, flow: Optional[Flow], source: bytes, destination: bytes, sequence: int, answer: int) -> Flow:
        """The flow of a SYN. A new first sequence number is a new flow on old ports; the same again is a retransmission."""
        if answer:
            return flow or self._add(key, Flow(destination, source, -1, _opening(source, destination)))
        if flow is not None and flow.first == sequence:
            return flow
        return self._add(key, Flow(source, destination, sequence, _opening(source, destination)))

    def _look(self, flow: Flow, from_client: bool, sequence: int, payload: bytes) -> None:
        flow.looks -= 1
        rule = client_rule(payload) if from_client else server_rule(payload)
        if rule is None and flow.opening is not None and flow.opening.feed(from_client, sequence, payload):
            rule = "S6"
        self._decide(flow, rule)

    def _udp_flow(self, frame: bytes, source: bytes, destination: bytes, start: int, end: int) -> Optional[Flow]:
        if not (_is_unprivileged(source) and _is_unprivileged(destination)) or _is_multicast(destination):
            return None
        key = b"udp" + (source + destination if source < destination else destination + source)
        flow = self._table.get(key) or self._add(key, Flow(source, destination))
        self._table.move_to_end(key)
        if flow.rule is None and flow.looks:
            flow.looks -= 1
            payload, from_client = frame[start + 8 : end], source == flow.client
            reply = is_reply_to(payload, flow.identifiers[not from_client])
            flow.identifiers[from_client] = payload[:2]
            self._decide(flow, "S8" if reply else datagram_rule(payload))
        return flow

    def _decide(self, flow: Flow, rule: Optional[str]) -> None:
        if rule is not None:
            flow.rule = rule
            self.skype_flows += 1

    def _add(self, key: bytes, flow: Flow) -> Flow:
        if key not in self._table and len(self._table) >= self._flows_max:
            self._table.popitem(last=False)
            self.evicted += 1
        self._table[key] = flow
        self.flows += 1
        return flow


def _without_syn(source: bytes, destination: bytes) -> Flow:
    """A flow that began unseen: the client is the side with the higher port. S6 needs the beginning, so it is left out."""
    return Flow(source, destination) if source[-2:] >= destination[-2:] else Flow(destination, source)


def _opening(source: bytes, destination: bytes) -> Optional[Opening]:
    return Opening() if _is_unprivileged(source) and _is_unprivileged(destination) else None


def _is_unprivileged(end: bytes) -> bool:
    return end[-2] * 256 >= WELL_KNOWN_PORTS


def _is_multicast(end: bytes) -> bool:
    """Or broadcast. `end` is 4 or 16 bytes of address and 2 of port."""
    return end[0] >= 224 if len(end) == 6 else end[0] == 0xFF


def _end_text(end: bytes) -> str:
    address = ip_address(end[:-2])
    return f"[{address}]:{int.from_bytes(end[-2:], 'big')}" if address.version == 6 else f"{address}:{int.from_bytes(end[-2:], 'big')}"
