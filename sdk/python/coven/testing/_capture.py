"""Reads captures: pcap (microseconds or nanoseconds, either byte order) and pcapng."""
import struct
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Tuple, Union

ETHERNET = 1
_PCAP: Dict[bytes, Tuple[str, int]] = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_SECTION, _INTERFACE, _SIMPLE, _ENHANCED = 0x0A0D0D0A, 1, 3, 6
_TSRESOL = 9


class Frame(NamedTuple):
    data: bytes
    time_ns: int


def read_capture(path: Union[str, Path]) -> Iterator[Frame]:
    """The Ethernet frames of a capture, in its order. ValueError names the file and what is wrong with it."""
    content = Path(path).read_bytes()
    try:
        if content[:4] in _PCAP:
            yield from _pcap(content, *_PCAP[content[:4]])
        elif content[:4] == _SECTION.to_bytes(4, "big"):
            yield from _pcapng(content)
        else:
            raise ValueError("neither pcap nor pcapng")
    except (struct.error, IndexError):
        raise ValueError(f"{path}: cut short or damaged") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _check(link: int) -> None:
    if link != ETHERNET:
        raise ValueError(f"link type {link}; components see Ethernet (1)")


def _pcap(content: bytes, order: str, unit_ns: int) -> Iterator[Frame]:
    _check(struct.unpack_from(order + "I", content, 20)[0] & 0xFFFF)
    at = 24
    while at < len(content):
        seconds, fraction, captured, _ = struct.unpack_from(order + "4I", content, at)
        if at + 16 + captured > len(content):
            raise ValueError("cut short in the last packet")
        yield Frame(content[at + 16 : at + 16 + captured], seconds * 1_000_000_000 + fraction * unit_ns)
        at += 16 + captured


class _Interface(NamedTuple):
    link: int
    per_second: int


def _pcapng(content: bytes) -> Iterator[Frame]:
    order, at = "<", 0
    interfaces: List[_Interface] = []
    while at < len(content):
        if content[at : at + 4] == _SECTION.to_bytes(4, "big"):
            order, interfaces = ("<" if content[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"), []
        kind, size = struct.unpack_from(order + "II", content, at)
        if size < 12 or at + size > len(content):
            raise ValueError("a block that is longer than the file")
        body = content[at + 8 : at + size - 4]
        if kind == _INTERFACE:
            interfaces.append(_Interface(struct.unpack_from(order + "H", body)[0], _resolution(body, order)))
        elif kind in (_ENHANCED, _SIMPLE):
            yield _packet(body, order, interfaces, kind)
        at += size


def _packet(body: bytes, order: str, interfaces: List[_Interface], kind: int) -> Frame:
    if kind == _SIMPLE:
        _check(interfaces[0].link)
        return Frame(body[4 : 4 + struct.unpack_from(order + "I", body)[0]], 0)
    number, high, low, captured, _ = struct.unpack_from(order + "5I", body)
    _check(interfaces[number].link)
    return Frame(body[20 : 20 + captured], (high << 32 | low) * 1_000_000_000 // interfaces[number].per_second)


def _resolution(body: bytes, order: str) -> int:
    """Units of an interface's time stamps in a second (option if_tsresol); microseconds unless it says otherwise."""
    at = 8
    while at + 4 <= len(body):
        code, size = struct.unpack_from(order + "HH", body, at)
        if code == _TSRESOL:
            return int(2 ** (body[at + 4] & 0x7F) if body[at + 4] & 0x80 else 10 ** body[at + 4])
        at += 4 + (size + 3) // 4 * 4
    return 1_000_000
