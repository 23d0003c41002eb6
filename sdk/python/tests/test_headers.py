"""Header views, flows and checksums, by the vectors and at their edges."""
import pytest
from coven import Ethernet, Tcp, Verdict
from coven.testing import harness
from looking import on
from vectors import vectors

VIEWS = ("ethernet", "vlan", "ipv4", "ipv6", "tcp", "udp", "icmp")


def shown(view, wanted):
    """A view's fields as the vectors write them."""
    if view is None:
        return None
    fields = {}
    for name in wanted or {}:
        value = getattr(view, name)
        if isinstance(view, Ethernet) and name != "type":
            value = getattr(view, f"{name}_text")
        elif name == "inner":
            value = shown(value, wanted["inner"])
        fields[name] = value.hex() if isinstance(value, bytes) else value
    return fields


@vectors("headers")
def test_views(vector):
    wanted = vector["fields"]

    def look(packet):
        seen = {name: shown(getattr(packet, name), wanted[name]) for name in VIEWS}
        return {**seen, "payload": None if packet.payload is None else bytes(packet.payload).hex()}

    assert on(bytes.fromhex(vector["packet"]), look)[0] == wanted


@vectors("headers")
def test_flows(vector):
    flow, wanted = on(bytes.fromhex(vector["packet"]), lambda packet: packet.flow)[0], vector["flow"]
    if wanted is None:
        assert flow is None
        return
    assert (flow.protocol, flow.source_text, flow.destination_text) == (wanted["protocol"], wanted["source"], wanted["destination"])
    assert (flow.source_port, flow.destination_port) == (wanted["source_port"], wanted["destination_port"])
    assert (str(flow), str(flow.reversed)) == (wanted["text"], wanted["reversed"])


def step(packet, what):
    if "set" in what:
        *path, name = what["set"].split(".")
        view = packet
        for part in path:
            view = getattr(view, part)
        setattr(view, name, value_for(view, name, what["value"]))
        assert getattr(view, name) == value_for(view, name, what["value"])
    elif "put" in what:
        packet[what["at"] : what["at"] + len(what["put"]) // 2] = bytes.fromhex(what["put"])
    else:
        assert packet.update_checksums() is what["update_checksums"]


def value_for(view, name, value):
    if not isinstance(value, str):
        return value
    return bytes.fromhex(value.replace(":", ""))


@vectors("writes")
def test_writes(vector):
    partial = (vector["partial"]["start"], vector["partial"]["offset"]) if "partial" in vector else None
    _, data = on(bytes.fromhex(vector["packet"]), lambda packet: [step(packet, what) for what in vector["steps"]], partial=partial)
    assert data.hex() == vector["output"]


TCP4 = bytes.fromhex("0200000000020200000000010800450000341234000040069be90a000001c0a801fe9c401f90fedcba98010203045018ffff2981000068656c6c6f2c20776f726c64")


def test_addresses_as_text():
    def look(packet):
        packet.ethernet.source_text = "0a:0b:0c:0d:0e:0f"
        packet.ipv4.source_text = "192.0.2.7"
        for wrong in ("192.0.2", "::1", "192.0.2.7 ", ""):
            with pytest.raises(ValueError, match="no IPv4 address"):
                packet.ipv4.source_text = wrong
        for wrong in ("0a:0b:0c:0d:0e", "0a:0b:0c:0d:0e:0f:", "g0:0b:0c:0d:0e:0f"):
            with pytest.raises(ValueError, match="no Ethernet address"):
                packet.ethernet.source_text = wrong
        return packet.ethernet.source, packet.ipv4.source

    seen, data = on(TCP4, look)
    assert seen == (bytes.fromhex("0a0b0c0d0e0f"), 0xC0000207)
    assert data[6:12] == bytes.fromhex("0a0b0c0d0e0f")


@pytest.mark.parametrize(
    "view, name, value, error",
    [
        ("tcp", "source_port", 65536, OverflowError),
        ("tcp", "source_port", -1, OverflowError),
        ("tcp", "source_port", "80", TypeError),
        ("tcp", "header_length", 20, AttributeError),
        ("tcp", "syn", True, AttributeError),
        ("ipv4", "dscp", 64, OverflowError),
        ("ipv4", "source", 1 << 32, OverflowError),
        ("ethernet", "source", bytes(5), ValueError),
        ("ethernet", "source", 7, TypeError),
        ("ethernet", "type", 0x0800, AttributeError),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(view, name, value, error):
    def look(packet):
        with pytest.raises(error):
            setattr(getattr(packet, view), name, value)
        with pytest.raises((TypeError, AttributeError)):
            delattr(getattr(packet, view), name)

    assert on(TCP4, look)[1] == TCP4


def test_flags_of_tcp():
    def look(packet):
        tcp = packet.tcp
        seen = []
        for bit, name in enumerate(("fin", "syn", "rst", "psh", "ack", "urg")):
            tcp.flags = 1 << bit
            seen.append([flag for flag in ("fin", "syn", "rst", "psh", "ack", "urg") if getattr(tcp, flag)] == [name])
        return all(seen)

    assert on(TCP4, look)[0]


def test_a_view_follows_its_packet():
    def look(packet):
        tcp, port = packet.tcp, packet.tcp.source_port
        assert packet.grow_front(4)
        packet[0:16] = packet[4:16] + b"\x81\x00\x00\x07"
        assert (tcp.source_port, packet.vlan.id) == (port, 7)
        packet.put_u16(16, 0x0806)
        with pytest.raises(ValueError, match="no such header any more"):
            tcp.source_port
        assert packet.tcp is None

    on(TCP4, look)


def test_a_view_and_the_payload_die_with_their_packet():
    kept = []

    def keep(packet):
        for thing, use in kept:
            with pytest.raises(ValueError, match="gone|released"):
                use(thing)
        kept[:] = [(packet.tcp, lambda tcp: tcp.source_port), (packet.ipv4, lambda ip: setattr(ip, "ttl", 1)), (packet.payload, bytes),
                   (packet.context, lambda context: context[0])]
        return Verdict.FORWARD

    subject = harness(keep)
    for _ in range(3):
        assert subject.packet(TCP4).error is None
    for thing, use in kept:
        with pytest.raises(ValueError):
            use(thing)


def test_payload_is_in_place():
    def look(packet):
        packet.payload[:5] = b"HELLO"
        with pytest.raises(BufferError):
            view = packet.payload
            packet.grow_back(1)
        view.release()
        return packet.update_checksums()

    updated, data = on(TCP4, look)
    assert updated and data[-12:] == b"HELLO, world"


def test_one_object_serves_all_packets():
    seen = set()

    def look(packet):
        seen.add(id(packet.tcp))
        assert isinstance(packet.tcp, Tcp)
        return Verdict.FORWARD

    subject = harness(look)
    results = [subject.packet(TCP4) for _ in range(5)]
    assert [result.error for result in results] == [None] * 5
    assert len(seen) == 1
