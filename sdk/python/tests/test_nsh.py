"""The NSH of a packet and its metadata."""
import pytest
from coven import nsh
from looking import on
from vectors import vectors


def step(header, what):
    if what["op"] == "set":
        return header.set(what["class"], what["type"], bytes.fromhex(what["value"]))
    return header.remove(what["class"], what["type"])


@vectors("nsh", "frame")
def test_vectors(vector):
    def look(packet):
        header = packet.nsh
        assert {name: getattr(header, name) for name in vector["fields"]} == vector["fields"]
        assert header.metadata() == [(md_class, kind, bytes.fromhex(value)) for md_class, kind, value, _ in vector["metadata"]]
        for md_class, kind, _ in header.metadata():
            assert header.get(md_class, kind) is not None
        assert header.get(0xFFFF, 0x7F) is None
        assert [step(header, what) for what in vector["steps"]] == [what["ok"] for what in vector["steps"]]

    where = (vector["at"], vector["fields"]["length"])
    options = {"headroom": vector["headroom"]} if "headroom" in vector else {}
    assert on(bytes.fromhex(vector["frame"]), look, nsh=where, **options)[1].hex() == vector["output"]


@vectors("nsh", "typed")
def test_typed_values(vector):
    kind = {"forwarding_context": nsh.ForwardingContext, "flow_id": nsh.FlowLabel, "groups": nsh.Groups}[vector["typed"]]
    value = kind.read(bytes.fromhex(vector["value"]))
    assert {name: getattr(value, name) for name in vector["fields"]} == vector["fields"]
    assert value.value() == bytes.fromhex(vector["written"])
    assert (nsh.IETF, kind.TYPE) == (vector["class"], vector["type"])


FRAME = bytes.fromhex("020000000002020000000001894f" "0fc40203123456fa" "0000050400000007") + bytes(60)


def test_where_there_is_none():
    assert on(FRAME, lambda packet: packet.nsh)[0] is None
    assert on(FRAME, lambda packet: packet.nsh, nsh=(14, 12))[0] is None  # the line and the header contradict each other


def test_what_can_not_be():
    def look(packet):
        header = packet.nsh
        with pytest.raises(AttributeError):
            header.si = 3
        with pytest.raises(OverflowError):
            header.get(1 << 16, 0)
        with pytest.raises(TypeError):
            header.set(0, 5)
        view = packet.data
        with pytest.raises(BufferError):
            header.set(0, 5, b"12345678")
        view.release()
        assert header.set(0, 5, b"12345678") and packet.length == len(FRAME) + 4
        return header

    header, _ = on(FRAME, look, nsh=(14, 16))
    with pytest.raises(ValueError, match="gone"):
        header.spi


def test_before_the_packet_it_can_be_read_only():
    inner = FRAME[30:]

    def look(packet):
        assert packet.grow_front(-30) and packet.bytes() == inner
        header = packet.nsh
        assert header.get(nsh.IETF, nsh.TENANT) == b"\0\0\0\7"
        return header.set(0, 5, b"1"), header.remove(0, 5)

    assert on(FRAME, look, nsh=(14, 16)) == ((False, False), inner)
