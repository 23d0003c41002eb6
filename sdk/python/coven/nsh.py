"""Metadata of the Network Service Header: the IETF's class, its types (RFC 8979, RFC 9263), and the values that have fields.

    nsh = packet.nsh
    if nsh is not None:
        tenant = nsh.get(IETF, TENANT)
        nsh.set(IETF, Groups.TYPE, Groups(source=1, destination=2).value())
"""
import struct
from typing import ClassVar, NamedTuple

IETF = 0
SUBSCRIBER = 0
PERFORMANCE_POLICY = 1
FORWARDING_CONTEXT = 4
TENANT = 5
INGRESS_NODE = 6
INGRESS_INTERFACE = 7
FLOW = 8
GROUPS = 9
POLICY = 10

VLAN, TWO_TAGS, MPLS, VNI, SESSION = range(5)
_MASK = {VLAN: 0xFFF, MPLS: 0xFFFFF, VNI: 0xFFFFFF}


class _Forwarding(NamedTuple):
    context_type: int
    vlan: int = 0
    service_vlan: int = 0
    customer_vlan: int = 0
    mpls_label: int = 0
    vni: int = 0
    session: int = 0


class ForwardingContext(_Forwarding):
    """RFC 9263 section 4.1. `context_type` says which of the others counts: VLAN, TWO_TAGS, MPLS, VNI or SESSION."""

    TYPE: ClassVar[int] = FORWARDING_CONTEXT

    @classmethod
    def read(cls, value: bytes) -> "ForwardingContext":
        """ValueError if it is too short, or of a context type that is not known."""
        word = _word(value, 0)
        kind = word >> 28
        if kind == TWO_TAGS:
            return cls(kind, service_vlan=word >> 12 & 0xFFF, customer_vlan=word & 0xFFF)
        if kind == SESSION:
            return cls(kind, session=_word(value, 4))
        if kind not in _MASK:
            raise ValueError(f"forwarding context of type {kind}")
        return cls(kind, **{{VLAN: "vlan", MPLS: "mpls_label", VNI: "vni"}[kind]: word & _MASK[kind]})

    def value(self) -> bytes:
        """ValueError if a field does not fit."""
        tags = _fit(self.service_vlan, 12) << 12 | _fit(self.customer_vlan, 12)
        words = {VLAN: _fit(self.vlan, 12), TWO_TAGS: tags, MPLS: _fit(self.mpls_label, 20), VNI: _fit(self.vni, 24), SESSION: 0}
        if self.context_type not in words:
            raise ValueError(f"forwarding context of type {self.context_type}")
        first = struct.pack("!I", self.context_type << 28 | words[self.context_type])
        return first + struct.pack("!I", _fit(self.session, 32)) if self.context_type == SESSION else first


class _Label(NamedTuple):
    context_type: int
    label: int


class FlowLabel(_Label):
    """RFC 9263 section 4.5: context type 0 is the label of an IPv6 flow, 1 an MPLS entropy label."""

    TYPE: ClassVar[int] = FLOW

    @classmethod
    def read(cls, value: bytes) -> "FlowLabel":
        word = _word(value, 0)
        if word >> 28 > 1:
            raise ValueError(f"flow identifier of type {word >> 28}")
        return cls(word >> 28, word & 0xFFFFF)

    def value(self) -> bytes:
        return struct.pack("!I", _fit(self.context_type, 1) << 28 | _fit(self.label, 20))


class _Groups(NamedTuple):
    source: int
    destination: int


class Groups(_Groups):
    """RFC 9263 section 4.6."""

    TYPE: ClassVar[int] = GROUPS

    @classmethod
    def read(cls, value: bytes) -> "Groups":
        return cls(_word(value, 0), _word(value, 4))

    def value(self) -> bytes:
        return struct.pack("!II", _fit(self.source, 32), _fit(self.destination, 32))


def _word(value: bytes, at: int) -> int:
    if len(value) < at + 4:
        raise ValueError(f"{len(value)} bytes of metadata: too few")
    return int.from_bytes(value[at : at + 4], "big")


def _fit(number: int, bits: int) -> int:
    if not 0 <= number < 1 << bits:
        raise ValueError(f"{number} does not fit {bits} bits")
    return number
