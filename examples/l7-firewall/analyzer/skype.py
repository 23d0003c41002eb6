"""What Skype looks like on the wire: the rules S1 to S8, each a predicate over payloads. Knows nothing of packets or platforms.

S1 to S5 decide on one TCP payload, S6 on the first three of a TCP flow between unprivileged ports, S7 on one UDP payload and
S8 on two. The patterns are long enough to need no port; S6 to S8 are shapes, so they keep away from well-known ports.
"""
import re
from typing import Optional

WELL_KNOWN_PORTS = 1024


def _ring() -> bytes:
    values = [0]
    while len(values) < 256 + 15:
        values.append((205 * values[-1] + 113) % 256)
    return bytes(values)


_HELLO = bytes.fromhex(
    "8046010301002d0000001000000500000400000a0000090000640000620000080000030000060100800700c0030080060040020080040080"
)
_CHALLENGE_RING = _ring()  # every challenge is a window on it: "similar data at different positions"
_SERVER_HELLO = bytes.fromhex("160301004a020000460301401be48602ade029")
_EMPTY_HANDSHAKE = bytes.fromhex("1603010000")
_EMPTY_DATA = bytes.fromhex("1703010000")
_RECORD = bytes.fromhex("16030100")
_RECORD_SIGNS = (bytes.fromhex("42cdefe740d72f1d"), bytes.fromhex("4103000980400408c0"))  # 2015, 2006; no TLS handshake type
_METHODS = (b"GET ", b"HEAD ", b"POST ")
_UPDATE_CHECK = re.compile(rb"\A[A-Z]+ (?:http://ui\.skype\.com)?/ui/\S*getlatestversion", re.IGNORECASE)
_UPDATE_HOST = re.compile(rb"\r\nHost: *ui\.skype\.com\r\n|\A[A-Z]+ http://ui\.skype\.com/", re.IGNORECASE)


def client_rule(payload: bytes) -> Optional[str]:
    """The rule that a TCP payload of the client meets by itself."""
    if payload[:4] == _RECORD:
        if payload == _EMPTY_HANDSHAKE:
            return "S3"
        return "S4" if payload.startswith(_RECORD_SIGNS, 5) else None
    if len(payload) == 72 and payload.startswith(_HELLO) and payload[56:] in _CHALLENGE_RING:
        return "S1"
    if payload.startswith(_METHODS) and _UPDATE_CHECK.match(payload) and _UPDATE_HOST.search(payload):
        return "S5"
    return None


def server_rule(payload: bytes) -> Optional[str]:
    """The rule that a TCP payload of the server meets by itself."""
    if payload == _EMPTY_DATA:
        return "S3"
    if len(payload) == 79 and payload.startswith(_SERVER_HELLO):
        return "S2"
    return None


class Opening:
    """S6: client 14 to 120 bytes, server 14 to 120, client exactly 8. Fed with a flow's payloads in order, from its first.

    Skype's payloads look random; a plain-text payload ends the matter, so that chatty text protocols can't fit the shape.
    """

    __slots__ = ("_step", "_sequences")

    def __init__(self) -> None:
        self._step = 0
        self._sequences = [-1, -1]  # of each side's last accepted payload: the same again is a retransmission

    def feed(self, from_client: bool, sequence: int, payload: bytes) -> bool:
        if self._step > 2 or self._sequences[from_client] == sequence:
            return False
        if from_client != (self._step != 1) or not self._fits(payload):
            self._step = 3
            return False
        self._sequences[from_client] = sequence
        self._step += 1
        return self._step == 3

    def _fits(self, payload: bytes) -> bool:
        if self._step == 2:
            return len(payload) == 8
        return 14 <= len(payload) <= 120 and not payload.isascii()


def datagram_rule(payload: bytes) -> Optional[str]:
    """S7: a UDP payload of 18 to 400 bytes whose third byte is 2."""
    return "S7" if 18 <= len(payload) <= 400 and payload[2] == 0x02 else None


def is_reply_to(payload: bytes, identifier: Optional[bytes]) -> bool:
    """S8: 11 bytes of type 5 or 7 that carry the 16-bit identifier of a datagram of the other direction."""
    return len(payload) == 11 and payload[2] & 0x8F in (5, 7) and payload[:2] == identifier
