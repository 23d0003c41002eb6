"""Packets as Scapy sees them: an adapter for those who have Scapy; nothing else of the SDK needs it.

    from coven.scapy import as_scapy, put_scapy
    p = as_scapy(packet)
    if TCP in p and p[TCP].dport == 80:
        p[IP].ttl = 1
        put_scapy(packet, p)
"""
from typing import Any, Iterator

from coven._core import Packet

try:
    import scapy.layers.inet6  # noqa: F401: binds IPv4, IPv6, TCP, UDP and ICMP to Ethernet
    from scapy.layers.l2 import Ether
except ImportError as error:
    raise ImportError(f"coven.scapy needs Scapy (package python3-scapy, or pip install scapy): {error}") from None


class LazyPacket:
    """The bytes of a packet, which Scapy takes apart when they are first looked into. In all else a `scapy.layers.l2.Ether`."""

    __slots__ = ("_bytes", "_packet")

    def __init__(self, data: bytes) -> None:
        object.__setattr__(self, "_bytes", data)
        object.__setattr__(self, "_packet", None)

    def dissected(self) -> Any:
        """The Scapy packet itself, for functions that ask for its type."""
        if self._packet is None:
            object.__setattr__(self, "_packet", Ether(self._bytes))
        return self._packet

    def __getattr__(self, name: str) -> Any:
        return getattr(self.dissected(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.dissected(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.dissected(), name)

    def __getitem__(self, layer: Any) -> Any:
        return self.dissected()[layer]

    def __delitem__(self, layer: Any) -> None:
        del self.dissected()[layer]

    def __contains__(self, layer: Any) -> bool:
        return layer in self.dissected()

    def __truediv__(self, other: Any) -> Any:
        return self.dissected() / other

    def __iter__(self) -> Iterator[Any]:
        return iter(self.dissected())

    def __len__(self) -> int:
        return len(bytes(self))

    def __bytes__(self) -> bytes:
        return bytes(self._bytes if self._packet is None else self._packet)

    def __eq__(self, other: object) -> bool:
        return bool(self.dissected() == (other.dissected() if isinstance(other, LazyPacket) else other))

    def __repr__(self) -> str:
        return repr(self.dissected())


def as_scapy(packet: Packet) -> LazyPacket:
    """A copy of the packet's bytes as a Scapy packet, which may be kept. Delete a checksum's field to have it computed anew."""
    return LazyPacket(packet.bytes())


def put_scapy(packet: Packet, p: Any) -> None:
    """Make the packet that of `p`, a Scapy packet or whatever `bytes` takes: the frame grows or shrinks, the context stays.

    ValueError, and nothing changed, if the frame has no room; BufferError while a view of the packet is in use.
    """
    data = bytes(p)
    more = len(data) - packet.length
    if more and not packet.grow_back(more) and not packet.grow_front(more):
        raise ValueError(f"a packet of {len(data)} bytes; the frame of {packet.length} has no room for it")
    packet[0 : len(data)] = data
