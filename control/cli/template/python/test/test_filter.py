import unittest
from pathlib import Path

from coven.testing import harness

PACKAGE = Path(__file__).resolve().parent.parent


class Filter(unittest.TestCase):
    def setUp(self) -> None:
        self.filter = harness(PACKAGE / "filter/main.py", outputs=["out", "watch"], layout="service:16,rest:112")

    def test_first_packet_of_a_flow_to_the_port_is_watched_the_rest_dropped(self) -> None:
        results = self.filter.capture(PACKAGE / "sample.pcap")
        self.assertEqual([result.verdict for result in results], ["out", "out", "out", "watch", "drop", "out", "watch", "out"])
        self.assertEqual(int.from_bytes(results[1].context[:2], "big"), 53)
        self.assertEqual(self.filter.item("dropped"), 1)

    def test_the_port_is_a_setting(self) -> None:
        self.filter.set("port", 443)
        results = self.filter.capture(PACKAGE / "sample.pcap")
        self.assertEqual(results.verdicts, {"out": 6, "watch": 1, "drop": 1})
