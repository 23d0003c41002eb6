import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "filter"))
from rule import TCP, UDP, destination_port


def frame(protocol: int, port: int) -> bytes:
    """An Ethernet frame with IPv4 and the first bytes of TCP or UDP."""
    head = bytes(12) + b"\x08\x00" + b"\x45" + bytes(8) + bytes([protocol]) + bytes(10)
    return head + bytes(2) + port.to_bytes(2, "big") + bytes(22)


class DestinationPort(unittest.TestCase):
    def test_tcp_and_udp_have_one(self) -> None:
        self.assertEqual(destination_port(frame(TCP, 8080)), 8080)
        self.assertEqual(destination_port(frame(UDP, 53)), 53)

    def test_everything_else_has_none(self) -> None:
        self.assertEqual(destination_port(frame(1, 8080)), 0)
        self.assertEqual(destination_port(bytes(60)), 0)
        self.assertEqual(destination_port(frame(TCP, 8080)[:35]), 0)
