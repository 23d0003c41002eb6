"""Scans and what only looks like one: on packets, on a capture made here, and on real ones."""
import struct
from ipaddress import ip_address

import pytest

SYN, ACK, RST = 0x02, 0x10, 0x04
SECOND = 1_000_000_000
SCANNER, HOST, CLIENT = "10.0.0.66", "192.0.2.1", "10.0.0.5"


def tcp(source, destination, flags, ports=(40000, 80)):
    from_address, to_address = ip_address(source), ip_address(destination)
    segment = struct.pack("!HHIIBBHHH", *ports, 1, 0, 5 << 4, flags, 1024, 0, 0)
    if from_address.version == 6:
        return bytes(12) + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(segment), 6, 64) + from_address.packed + to_address.packed + segment
    header = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + from_address.packed + to_address.packed
    return bytes(12) + b"\x08\x00" + header + segment


def scan(count, source=SCANNER, host=HOST, every_ns=SECOND // 10, answer=None):
    """SYNs to `count` ports of a host, and an answer of these flags to each."""
    packets = []
    for port in range(1, count + 1):
        packets.append((port * every_ns, tcp(source, host, SYN, (40000, port))))
        if answer:
            packets.append((port * every_ns + 1, tcp(host, source, answer, (port, 40000))))
    return packets


def feed(detector, packets):
    return [detector.packet(data, time_ns=SECOND + time_ns) for time_ns, data in packets]


def found(detector):
    return [one["source"] for one in detector.call("scanners")]


@pytest.mark.parametrize("source, host", [(SCANNER, HOST), ("2001:db8::66", "2001:db8::1")])
@pytest.mark.parametrize("answer", [None, RST | ACK])
def test_more_than_the_threshold_is_a_scan(detector, source, host, answer):
    feed(detector, scan(20, source, host, answer=answer))
    assert found(detector) == [] and detector.item("scans") == 0
    results = feed(detector, scan(21, source, host, answer=answer))
    assert found(detector) == [source] and detector.item("scans") == 1
    assert {result.verdict for result in results} == {"out"}


def test_many_hosts_are_a_scan_too(detector):
    feed(detector, [(number, tcp(SCANNER, f"192.0.2.{number}", SYN)) for number in range(1, 25)])
    assert found(detector) == [SCANNER]


def test_who_is_answered_scans_not(detector):
    feed(detector, scan(200, CLIENT, answer=SYN | ACK))
    assert found(detector) == [] and detector.item("probes") == 200


def test_retransmissions_are_one_target(detector):
    feed(detector, [(number, tcp(CLIENT, HOST, SYN)) for number in range(100)])
    assert found(detector) == []


def test_only_the_window_counts(detector):
    feed(detector, scan(100, every_ns=3 * SECOND + 1))
    assert found(detector) == []
    detector.set("window", 120)
    feed(detector, [(SECOND * 300 + time_ns, data) for time_ns, data in scan(100, every_ns=3 * SECOND)])
    assert found(detector) == [SCANNER]


def test_settings(detector):
    detector.set("threshold", 3)
    feed(detector, scan(4))
    assert detector.call("scanners") == [{"source": SCANNER, "scans": 1, "unanswered": 4}]
    for name, value in (("threshold", 0), ("threshold", 1001), ("window", 0), ("window", 3601), ("block", 1)):
        with pytest.raises(ValueError):
            detector.set(name, value)


def test_a_scan_without_end_takes_no_more_room(detector):
    feed(detector, scan(1500, every_ns=1000))
    assert detector.call("scanners")[0]["unanswered"] == 1001
    assert detector.item("sources_flows") == 1


def test_blocking_lasts_as_long_as_the_window(detector):
    detector.set("block", True)
    results = feed(detector, scan(30))
    assert [result.verdict for result in results] == ["out"] * 20 + ["drop"] * 10
    later = [(4 * SECOND, tcp(CLIENT, HOST, ACK)), (4 * SECOND, tcp(SCANNER, HOST, ACK)), (64 * SECOND, tcp(SCANNER, HOST, ACK))]
    assert [result.verdict for result in feed(detector, later)] == ["out", "drop", "out"]
    assert detector.item("dropped") == 11


def test_everything_else_goes_by(detector):
    arp = bytes(12) + b"\x08\x06" + bytes(46)
    assert [detector.packet(data).verdict for data in (arp, b"", tcp(CLIENT, HOST, SYN)[:40])] == ["out"] * 3
    assert detector.item("probes") == 0


def test_a_capture_made_here(detector, tmp_path):
    packets = sorted(scan(50) + scan(60, CLIENT, answer=SYN | ACK))
    head = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1)
    body = b"".join(struct.pack("<4I", *divmod(time_ns, SECOND), len(data), len(data)) + data for time_ns, data in packets)
    (tmp_path / "scan.pcap").write_bytes(head + body)
    results = detector.capture(tmp_path / "scan.pcap")
    assert results.verdicts == {"out": len(packets)}
    assert found(detector) == [SCANNER]


@pytest.mark.parametrize(
    "name, probes", [("chrome.pcap", 6), ("http_ipv6.pcap", 6), ("skype.pcap", 108), ("teams.pcap", 38), ("tls_port_80.pcapng", 4), ("zoom.pcap", 9)]
)
def test_real_traffic_is_no_scan(detector, captures, name, probes):
    detector.capture(captures / name)
    assert (detector.item("probes"), found(detector)) == (probes, [])
