"""Reads pcap and pcapng files: just enough for the tests (linear packets, no options)."""
import struct
from typing import Iterator, Tuple

ETHERNET = 1
PCAP_MAGICS = {b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">"}
PCAPNG_SECTION = b"\x0a\x0d\x0d\x0a"


def frames(path: str) -> Iterator[Tuple[int, bytes]]:
    """(link type, frame) for each packet of the file, in its order."""
    with open(path, "rb") as file:
        content = file.read()
    if content[:4] == PCAPNG_SECTION:
        return _pcapng(content)
    if content[:4] in PCAP_MAGICS:
        return _pcap(content, PCAP_MAGICS[content[:4]])
    raise ValueError(f"{path}: neither pcap nor pcapng")


def _pcap(content: bytes, order: str) -> Iterator[Tuple[int, bytes]]:
    link = struct.unpack_from(order + "I", content, 20)[0] & 0xFFFF
    at = 24
    while at + 16 <= len(content):
        captured = struct.unpack_from(order + "I", content, at + 8)[0]
        yield link, content[at + 16 : at + 16 + captured]
        at += 16 + captured


def _pcapng(content: bytes) -> Iterator[Tuple[int, bytes]]:
    order, links, at = "<", [], 0
    while at + 12 <= len(content):
        if content[at : at + 4] == PCAPNG_SECTION:
            order, links = ("<" if content[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"), []
        kind, size = struct.unpack_from(order + "II", content, at)
        if kind == 1:
            links.append(struct.unpack_from(order + "H", content, at + 8)[0])
        elif kind == 6:
            interface, _, _, captured = struct.unpack_from(order + "IIII", content, at + 8)
            yield links[interface], content[at + 28 : at + 28 + captured]
        elif kind == 3:
            original = struct.unpack_from(order + "I", content, at + 8)[0]
            yield links[0], content[at + 12 : at + 12 + min(original, size - 16)]
        at += max(size, 12)
