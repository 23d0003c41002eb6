"""The flows of detector.py: which payloads are looked at, which side is the client, what a verdict holds for."""
from typing import NamedTuple

import pytest
from coven import Flow, FlowTable
from detector import LOOKS_MAX, UNUSED_S, Detector
from frames import ACK, CLIENT, SERVER, SYN
from test_rules import HELLO, RANDOM

WEB = ("192.0.2.9", 443)
TCP, UDP = 6, 17


class Segment(NamedTuple):
    flow: Flow
    sequence: int
    flags: int
    payload: bytes


def tcp(source, destination, payload=b"", sequence=0, flags=ACK):
    return Segment(Flow(TCP, source[0], destination[0], source[1], destination[1]), sequence, flags, payload)


def udp(source, destination):
    return Flow(UDP, source[0], destination[0], source[1], destination[1])


class Subject(Detector):
    def __init__(self, flows_max=65536):
        self.table = FlowTable(flows_max, UNUSED_S)
        super().__init__(self.table)

    def is_skype(self, segment):
        return self.segment(*segment)

    def __len__(self):
        return self.table.size


def opening(client=CLIENT, server=SERVER, first=100):
    return [
        tcp(client, server, sequence=first, flags=SYN),
        tcp(server, client, sequence=900, flags=SYN | ACK),
        tcp(client, server, RANDOM, first + 1),
        tcp(server, client, RANDOM, 901),
    ]


@pytest.fixture
def detector():
    return Subject()


def test_a_verdict_holds_for_later_packets_of_both_directions(detector):
    assert not detector.is_skype(tcp(CLIENT, WEB, flags=SYN))
    assert not detector.is_skype(tcp(WEB, CLIENT, flags=SYN | ACK))
    assert detector.is_skype(tcp(CLIENT, WEB, HELLO, 1))
    assert detector.is_skype(tcp(WEB, CLIENT))
    assert detector.is_skype(tcp(CLIENT, WEB, b"anything", 73))
    assert (detector.flows, detector.skype_flows, len(detector)) == (1, 1, 1)
    assert detector.skype() == [{"client": "10.0.0.1:50000", "server": "192.0.2.9:443", "rule": "S1", "packets": 3}]


def test_the_syn_of_reused_ports_begins_a_new_flow(detector):
    detector.is_skype(tcp(CLIENT, WEB, sequence=5, flags=SYN))
    assert detector.is_skype(tcp(CLIENT, WEB, HELLO, 6))
    assert detector.is_skype(tcp(CLIENT, WEB, sequence=5, flags=SYN))
    assert not detector.is_skype(tcp(CLIENT, WEB, sequence=777, flags=SYN))
    assert not detector.is_skype(tcp(WEB, CLIENT, b"anything"))
    assert (detector.flows, len(detector)) == (2, 1)


def test_the_client_sends_the_syn_whatever_its_port(detector):
    low = ("10.0.0.1", 2000)
    assert not any(detector.is_skype(frame) for frame in opening(low))
    assert detector.is_skype(tcp(low, SERVER, RANDOM[:8], 133))


def test_a_syn_ack_alone_tells_the_client_too(detector):
    assert not any(detector.is_skype(frame) for frame in opening()[1:])
    assert detector.is_skype(tcp(CLIENT, SERVER, RANDOM[:8], 133))


def test_without_a_syn_the_higher_port_is_the_client(detector):
    assert not detector.is_skype(tcp(WEB, CLIENT, HELLO, 1))
    assert detector.is_skype(tcp(CLIENT, WEB, HELLO, 1))


def test_without_a_syn_shapes_decide_nothing(detector):
    assert not any(detector.is_skype(frame) for frame in opening()[2:] + [tcp(CLIENT, SERVER, RANDOM[:8], 133)])


def test_well_known_ports_have_no_shape(detector):
    server = ("192.0.2.9", 1023)
    assert not any(detector.is_skype(frame) for frame in opening(server=server) + [tcp(CLIENT, server, RANDOM[:8], 133)])


def test_only_the_first_payloads_are_looked_at(detector):
    for at in range(LOOKS_MAX):
        detector.is_skype(tcp(CLIENT, WEB, b"x", at))
    assert not detector.is_skype(tcp(CLIENT, WEB, HELLO, 99))


def test_empty_segments_of_unknown_flows_take_no_room(detector):
    assert not detector.is_skype(tcp(CLIENT, WEB))
    assert len(detector) == 0


def test_the_table_is_bounded_and_forgets_the_longest_unused():
    detector = Subject(flows_max=3)
    ends = [("10.0.0.1", 50000 + at) for at in range(4)]
    for end in ends[:3]:
        assert detector.is_skype(tcp(end, WEB, HELLO, 1))
    assert detector.is_skype(tcp(WEB, ends[0]))
    detector.is_skype(tcp(ends[3], WEB, flags=SYN))
    assert (len(detector), detector.table.evicted) == (3, 1)
    assert detector.is_skype(tcp(WEB, ends[0]))
    assert not detector.is_skype(tcp(WEB, ends[1]))
    assert len(detector.skype(limit=1)) == 1
    assert detector.clear() == 3
    assert len(detector) == 0


def test_a_udp_payload_tells(detector):
    client, server = ("10.0.0.1", 13021), ("192.0.2.9", 40022)
    assert detector.datagram(udp(client, server), b"\x12\x34\x02" + RANDOM)
    assert detector.datagram(udp(server, client), b"x")
    for elsewhere in (("239.1.2.3", 40022), ("ff02::1", 40022), ("192.0.2.9", 53)):
        source = ("fe80::1", 13021) if ":" in elsewhere[0] else client
        assert not detector.datagram(udp(source, elsewhere), b"\x12\x34\x02" + RANDOM)


def test_a_udp_reply_carries_the_identifier_of_the_other_direction(detector):
    client, server = ("10.0.0.1", 13021), ("192.0.2.9", 40022)
    reply = b"\x12\x34\x75" + RANDOM[:8]
    assert not detector.datagram(udp(client, server), b"\x12\x34\x0d" + RANDOM)
    assert not detector.datagram(udp(client, server), reply)
    assert detector.datagram(udp(server, client), reply)


def test_ipv6(detector):
    assert detector.is_skype(tcp(("2001:db8::1", 50000), ("2001:db8::2", 443), HELLO, 1))
    assert detector.skype()[0]["client"] == "[2001:db8::1]:50000"
