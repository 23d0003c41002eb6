"""The rule by itself: it knows bytes, and nothing of the platform."""

IPV4 = b"\x08\x00"
TCP, UDP = 6, 17


def destination_port(frame: bytes) -> int:
    """The destination port of TCP or UDP in IPv4, or 0."""
    if len(frame) < 34 or frame[12:14] != IPV4 or frame[23] not in (TCP, UDP):
        return 0
    transport = 14 + (frame[14] & 15) * 4
    return int.from_bytes(frame[transport + 2:transport + 4], "big") if len(frame) >= transport + 4 else 0
