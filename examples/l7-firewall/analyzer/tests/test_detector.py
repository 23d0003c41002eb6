"""The flow table of detector.py and the parsing of wire.py, on whole frames."""
import pytest
from detector import LOOKS_MAX, Detector
from frames import ACK, CLIENT, PSH, SERVER, SYN, ip, tcp, tcp_header, udp
from test_rules import HELLO, RANDOM
from wire import TCP, locate

WEB = ("192.0.2.9", 443)


def opening(client=CLIENT, server=SERVER, first=100):
    return [
        tcp(client, server, sequence=first, flags=SYN),
        tcp(server, client, sequence=900, flags=SYN | ACK),
        tcp(client, server, RANDOM, first + 1),
        tcp(server, client, RANDOM, 901),
    ]


@pytest.fixture
def detector():
    return Detector()


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
    detector = Detector(flows_max=3)
    ends = [("10.0.0.1", 50000 + at) for at in range(4)]
    for end in ends[:3]:
        assert detector.is_skype(tcp(end, WEB, HELLO, 1))
    assert detector.is_skype(tcp(WEB, ends[0]))
    detector.is_skype(tcp(ends[3], WEB, flags=SYN))
    assert (len(detector), detector.evicted) == (3, 1)
    assert detector.is_skype(tcp(WEB, ends[0]))
    assert not detector.is_skype(tcp(WEB, ends[1]))
    assert len(detector.skype(limit=1)) == 1
    assert detector.clear() == 3
    assert len(detector) == 0


def test_udp_counts_only_when_asked_for(detector):
    client, server = ("10.0.0.1", 13021), ("192.0.2.9", 40022)
    datagram = udp(client, server, b"\x12\x34\x02" + RANDOM)
    assert not detector.is_skype(datagram)
    assert len(detector) == 0
    assert detector.is_skype(datagram, udp=True)
    assert detector.is_skype(udp(server, client, b"x"), udp=True)
    assert not detector.is_skype(udp(client, ("239.1.2.3", 40022), b"\x12\x34\x02" + RANDOM), udp=True)
    assert not detector.is_skype(udp(client, ("192.0.2.9", 53), b"\x12\x34\x02" + RANDOM), udp=True)


def test_a_udp_reply_carries_the_identifier_of_the_other_direction(detector):
    client, server = ("10.0.0.1", 13021), ("192.0.2.9", 40022)
    reply = b"\x12\x34\x75" + RANDOM[:8]
    assert not detector.is_skype(udp(client, server, b"\x12\x34\x0d" + RANDOM), udp=True)
    assert not detector.is_skype(udp(client, server, reply), udp=True)
    assert detector.is_skype(udp(server, client, reply), udp=True)


def test_ipv6_and_its_extension_headers(detector):
    client, server = ("2001:db8::1", 50000), ("2001:db8::2", 443)
    body = tcp_header(50000, 443, 1, ACK | PSH) + HELLO
    assert detector.is_skype(ip(TCP, client[0], server[0], body))
    assert detector.skype()[0]["client"] == "[2001:db8::1]:50000"
    hop_by_hop = bytes([60, 0]) + bytes(6) + bytes([6, 1]) + bytes(14)
    assert Detector().is_skype(ip(TCP, client[0], server[0], body, extensions=hop_by_hop))
    assert tcp(client, server)[12:14] == b"\x86\xdd"


@pytest.mark.parametrize("tags", [0, 1, 2])
def test_vlan_tags(tags):
    assert Detector().is_skype(tcp(CLIENT, WEB, HELLO, 1, tags=tags))


def test_padding_is_no_payload(detector):
    frame = tcp(CLIENT, SERVER)
    assert len(frame) == 60
    assert locate(frame)[4] == 54
    assert detector.is_skype(tcp(CLIENT, WEB, b"\x16\x03\x01\x00\x00", 1))


def test_later_fragments_have_no_ports():
    assert locate(ip(TCP, "10.0.0.1", "10.0.0.2", tcp_header(1, 2, 3, ACK), fragment=5)) is None


def test_no_prefix_of_a_frame_is_an_error():
    whole = [
        tcp(CLIENT, WEB, HELLO, 1, tags=2),
        udp(CLIENT, ("192.0.2.9", 4000), RANDOM),
        ip(TCP, "2001:db8::1", "2001:db8::2", tcp_header(1, 2, 3, ACK), extensions=bytes([43, 9]) + bytes(6)),
    ]
    for frame in whole:
        for size in range(len(frame)):
            Detector().is_skype(frame[:size], udp=True)
