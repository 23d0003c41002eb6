"""Finds TCP and UDP in an Ethernet frame: VLAN tags, IPv4, IPv6 and its extension headers. Parses by offset, copies only the two ends."""
from struct import Struct
from typing import Optional, Tuple

TCP, UDP = 6, 17
VLAN_TAGS_MAX = 2
IPV6_EXTENSIONS_MAX = 8

_u16 = Struct("!H").unpack_from
_VLANS = (0x8100, 0x88A8)
_EXTENSIONS = (0, 43, 60)  # hop-by-hop, routing, destination options
_FRAGMENT = 44

#: Protocol; source and destination, each address and port as on the wire; where the transport header starts; where the payload ends.
Located = Tuple[int, bytes, bytes, int, int]


def locate(frame: bytes) -> Optional[Located]:
    """Where the TCP or UDP header of `frame` is; None if there is none, it is cut short, or it is a later fragment."""
    size = len(frame)
    if size < 34:
        return None
    ether_type, at = _u16(frame, 12)[0], 14
    for _ in range(VLAN_TAGS_MAX):
        if ether_type not in _VLANS:
            break
        ether_type, at = _u16(frame, at + 2)[0], at + 4
    if ether_type == 0x0800:
        return _ipv4(frame, at, size)
    if ether_type == 0x86DD:
        return _ipv6(frame, at, size)
    return None


def _ipv4(frame: bytes, at: int, size: int) -> Optional[Located]:
    if at + 20 > size or _u16(frame, at + 6)[0] & 0x1FFF:
        return None
    ports = at + (frame[at] & 15) * 4
    # The total length cuts off Ethernet's padding; 0 is segmentation offload.
    end = min(size, at + (_u16(frame, at + 2)[0] or size))
    protocol = frame[at + 9]
    if not _has_header(protocol, ports, end):
        return None
    return (
        protocol,
        frame[at + 12 : at + 16] + frame[ports : ports + 2],
        frame[at + 16 : at + 20] + frame[ports + 2 : ports + 4],
        ports,
        end,
    )


def _ipv6(frame: bytes, at: int, size: int) -> Optional[Located]:
    if at + 40 > size:
        return None
    end = min(size, at + 40 + (_u16(frame, at + 4)[0] or size))
    protocol, ports = _behind_extensions(frame, frame[at + 6], at + 40, end)
    if not _has_header(protocol, ports, end):
        return None
    return (
        protocol,
        frame[at + 8 : at + 24] + frame[ports : ports + 2],
        frame[at + 24 : at + 40] + frame[ports + 2 : ports + 4],
        ports,
        end,
    )


def _behind_extensions(frame: bytes, protocol: int, at: int, end: int) -> Tuple[int, int]:
    for _ in range(IPV6_EXTENSIONS_MAX):
        if at + 8 > end:
            break
        if protocol in _EXTENSIONS:
            protocol, at = frame[at], at + 8 + frame[at + 1] * 8
        elif protocol == _FRAGMENT and not _u16(frame, at + 2)[0] & 0xFFF8:
            protocol, at = frame[at], at + 8
        else:
            break
    return protocol, at


def _has_header(protocol: int, ports: int, end: int) -> bool:
    return (protocol == TCP and ports + 20 <= end) or (protocol == UDP and ports + 8 <= end)
