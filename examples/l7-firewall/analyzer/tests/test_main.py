"""The effect on packets, and what operators see: main.py in the harness."""
from frames import CLIENT, SYN, tcp, udp
from test_rules import HELLO, RANDOM

WEB = ("192.0.2.9", 443)


def test_marks_context_byte_0_from_the_packet_that_told_it_and_drops_nothing(analyzer):
    frames = [tcp(CLIENT, WEB, flags=SYN), tcp(CLIENT, WEB, HELLO, 1), tcp(WEB, CLIENT), tcp(("10.0.0.7", 1), WEB)]
    results = [analyzer.packet(frame) for frame in frames]
    assert [result.verdict for result in results] == ["out"] * 4
    assert [result.data for result in results] == frames
    assert [result.context for result in results] == [bytes(16), b"\1" + bytes(15), b"\1" + bytes(15), bytes(16)]
    assert (analyzer.item("packets"), analyzer.item("marked"), analyzer.item("flows_seen")) == (4, 2, 1)


def test_commands(analyzer):
    analyzer.packet(tcp(CLIENT, WEB, HELLO, 1))
    assert [flow["rule"] for flow in analyzer.call("flows")] == ["S1"]
    assert (analyzer.item("tracked_flows"), analyzer.item("skype_flows")) == (1, 1)
    assert analyzer.call("reset") == {"flows": 1}
    assert analyzer.call("flows") == []


def test_udp_counts_only_when_asked_for(analyzer):
    datagram = udp(("10.0.0.1", 13021), ("192.0.2.9", 40022), b"\x12\x34\x02" + RANDOM)
    assert analyzer.packet(datagram).context[0] == 0
    analyzer.set("udp", True)
    assert analyzer.packet(datagram).context[0] == 1
    assert analyzer.packet(udp(("10.0.0.1", 13021), ("239.1.2.3", 40022), b"\x12\x34\x02" + RANDOM)).context[0] == 0


def test_packets_that_are_cut_short_or_have_no_tcp_go_by(analyzer):
    whole = tcp(CLIENT, WEB, HELLO, 1, tags=2)
    for size in range(len(whole)):
        assert analyzer.packet(whole[:size]).verdict == "out"
    assert analyzer.item("packets") == len(whole)
    assert analyzer.packet(tcp(("10.0.0.2", 50000), WEB, HELLO, 1, tags=2)).context[0] == 1
