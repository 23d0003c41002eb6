"""Makes Ethernet frames for the tests."""
from ipaddress import ip_address
from struct import pack

SYN, ACK, PSH = 0x02, 0x10, 0x08
CLIENT, SERVER = ("10.0.0.1", 50000), ("192.0.2.9", 40001)


def ethernet(ether_type: int, payload: bytes, tags: int = 0) -> bytes:
    frame = bytes(12) + pack("!HH", 0x8100, 7) * tags + pack("!H", ether_type) + payload
    return frame.ljust(60, b"\x99")  # padding that must not be taken for payload


def tcp_header(source_port: int, destination_port: int, sequence: int, flags: int) -> bytes:
    return pack("!HHIIBBHHH", source_port, destination_port, sequence, 0, 5 << 4, flags, 1024, 0, 0)


def tcp(source, destination, payload: bytes = b"", sequence: int = 0, flags: int = ACK, tags: int = 0) -> bytes:
    return ip(6, source[0], destination[0], tcp_header(source[1], destination[1], sequence, flags) + payload, tags)


def udp(source, destination, payload: bytes) -> bytes:
    return ip(17, source[0], destination[0], pack("!HHHH", source[1], destination[1], 8 + len(payload), 0) + payload)


def ip(protocol: int, source: str, destination: str, payload: bytes, tags: int = 0, fragment: int = 0, extensions: bytes = b"") -> bytes:
    from_address, to_address = ip_address(source), ip_address(destination)
    if from_address.version == 6:
        first = 0 if extensions else protocol
        header = pack("!IHBB", 6 << 28, len(extensions) + len(payload), first, 64) + from_address.packed + to_address.packed
        return ethernet(0x86DD, header + extensions + payload, tags)
    header = pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, fragment, 64, protocol, 0) + from_address.packed + to_address.packed
    return ethernet(0x0800, header + payload, tags)
