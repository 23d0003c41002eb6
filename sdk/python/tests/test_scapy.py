"""The Scapy adapter."""
import pytest
from coven import Verdict
from coven.testing import harness

pytest.importorskip("scapy", reason="no Scapy (package python3-scapy)")
from coven.scapy import LazyPacket, as_scapy, put_scapy  # noqa: E402
from scapy.layers.inet import IP, TCP, UDP  # noqa: E402
from scapy.layers.l2 import Dot1Q, Ether  # noqa: E402
from scapy.packet import Raw  # noqa: E402

PACKET = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=1, dport=80) / b"hello"
FRAME = bytes(PACKET)


def on(change, frame=FRAME, **options):
    def function(packet):
        change(packet)
        return Verdict.FORWARD

    result = harness(function).packet(frame, b"\7", **options)
    assert result.error is None, result.error
    assert result.context == b"\7" + bytes(15)
    return result.data


def test_it_is_read_when_it_is_looked_into():
    seen = []
    on(lambda packet: seen.append(as_scapy(packet)))
    p = seen[0]
    assert p._packet is None and bytes(p) == FRAME and len(p) == len(FRAME) and p._packet is None
    assert TCP in p and UDP not in p and p[TCP].dport == 80 and p.src == "02:00:00:00:00:01"
    assert p == Ether(FRAME) and p == LazyPacket(FRAME) and isinstance(p.dissected(), Ether)
    assert repr(p).startswith("<Ether") and bytes(p / Raw(b"!"))[-1:] == b"!" and len(list(p)) == 1


@pytest.mark.parametrize("payload", [b"", b"HELLO", b"a much longer payload" * 20])
def test_written_back_it_grows_or_shrinks(payload):
    def change(packet):
        p = as_scapy(packet)
        p[TCP].remove_payload()
        p[TCP].add_payload(Raw(payload))
        for layer, name in ((IP, "len"), (IP, "chksum"), (TCP, "chksum")):
            delattr(p[layer], name)
        put_scapy(packet, p)

    wanted = PACKET.copy()
    wanted[TCP].remove_payload()
    assert on(change) == bytes(wanted / Raw(payload))


def test_a_header_more():
    def change(packet):
        p = as_scapy(packet)
        put_scapy(packet, Ether(src=p.src, dst=p.dst) / Dot1Q(vlan=7) / p[IP])

    data = on(change)
    assert data == bytes(Ether(src=PACKET.src, dst=PACKET.dst) / Dot1Q(vlan=7) / PACKET[IP])


def test_what_has_no_room_changes_nothing():
    def change(packet):
        with pytest.raises(ValueError, match="no room"):
            put_scapy(packet, bytes(65600))
        view = packet.data
        with pytest.raises(BufferError):
            put_scapy(packet, bytes(10))
        view.release()

    assert on(change) == FRAME


def test_as_it_was():
    assert on(lambda packet: put_scapy(packet, as_scapy(packet))) == FRAME
