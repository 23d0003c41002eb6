"""Fields written by Scapy, which computes the checksums anew: writes.json."""
import ipaddress
import struct

from scapy.all import (ICMP, IP, TCP, UDP, Dot1AD, Dot1Q, Ether, ICMPv6DestUnreach, ICMPv6EchoRequest, IPOption_RR, IPv6, IPv6ExtHdrDestOpt,
                       IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, Padding, Raw, checksum, in6_pseudoheader)
from scapy.layers.inet import in4_pseudoheader

from frames import ETHER, MAC, TCP1, UDP1, V4, V6, describe, last_header, transport_of

SCAPY = {"ttl": "ttl", "hop_limit": "hlim", "flow_label": "fl", "identification": "id", "source": "src", "destination": "dst", "source_port": "sport",
         "destination_port": "dport", "sequence": "seq", "acknowledgment": "ack", "window": "window", "flags": "flags",
         "id": "vlan", "priority": "prio"}
LAYER = {"ipv4": IP, "ipv6": IPv6, "tcp": TCP, "udp": UDP}


def layer_of(packet, view):
    if view == "ethernet":
        return packet
    if view in ("vlan", "vlan.inner"):
        return packet.payload if view == "vlan" else packet.payload.payload
    return packet[LAYER[view]]


def write(packet, field, value):
    view, name = field.rsplit(".", 1)
    layer = layer_of(packet, view)
    if name in ("dscp", "ecn"):
        whole = "tos" if view == "ipv4" else "tc"
        old = getattr(layer, whole)
        setattr(layer, whole, old & 3 | value << 2 if name == "dscp" else old & 0xFC | value)
        return
    if name in ("source", "destination") and view == "ipv4":
        value = str(ipaddress.IPv4Address(value))
    if name in ("source", "destination") and view == "ipv6":
        value = str(ipaddress.IPv6Address(bytes.fromhex(value)))
    setattr(layer, SCAPY[name], value)


def anew(packet):
    """Bytes with every checksum computed again, but a UDP checksum of 0 over IPv4."""
    none = IP in packet and UDP in packet and packet[UDP].chksum == 0
    layer = packet
    while layer:
        for name in ("chksum", "cksum"):
            if name in layer.fields and not (none and isinstance(layer, UDP)):
                delattr(layer, name)
        layer = layer.payload
    return bytes(packet)


def pseudo(packet):
    """The sum of the pseudo header, not complemented: what CSUM_PARTIAL asks for."""
    transport = transport_of(packet)
    length = len(bytes(transport)) - (len(packet[Padding].load) if Padding in packet else 0)
    if IP in packet:
        return 0xFFFF & ~checksum(in4_pseudoheader(packet[IP].proto, packet[IP], length))
    return 0xFFFF & ~checksum(bytes(in6_pseudoheader(last_header(packet[IPv6]), packet[IPv6], length)))


CHECK_AT = {TCP: 16, UDP: 6, ICMP: 2}


def partial(raw):
    packet = Ether(raw)
    start = len(raw) - len(bytes(transport_of(packet)))
    offset = CHECK_AT.get(type(transport_of(packet)), 2)
    at = start + offset
    return raw[:at] + struct.pack("!H", pseudo(packet)) + raw[at + 2:], {"start": start, "offset": offset}


def wrote(raw, field, value):
    """Scapy takes the rest of an ICMP message for something else with each type; so these two bytes are put in by place."""
    packet = Ether(raw)
    if field.startswith("icmp."):
        at = len(raw) - len(bytes(transport_of(packet))) + (field == "icmp.code")
        return anew(Ether(raw[:at] + bytes([value]) + raw[at + 1:]))
    write(packet, field, value)
    return anew(packet)


def steps(name, raw, sets, offload=False):
    out = raw
    for field, value in sets:
        out = wrote(out, field, value)
    vector = {"name": name, "packet": raw.hex(), "steps": [{"set": field, "value": value} for field, value in sets], "output": out.hex()}
    if offload:
        before, place = partial(raw)
        vector |= {"packet": before.hex(), "partial": place, "output": partial(out)[0].hex()}
    return vector


FIELDS = {
    "ethernet.destination": "02:aa:bb:cc:dd:ee", "ethernet.source": "06:01:02:03:04:05", "ipv4.source": 0xC0000201, "ipv4.destination": 0x08080808,
    "ipv4.ttl": 1, "ipv4.dscp": 46, "ipv4.ecn": 3, "ipv4.identification": 0xFFFF, "ipv6.source": "fd00000000000000000000000000beef",
    "ipv6.destination": "20010db8ffffffff0123456789abcdef", "ipv6.hop_limit": 0, "ipv6.dscp": 10, "ipv6.ecn": 2, "ipv6.flow_label": 0xFFFFF,
    "tcp.source_port": 1, "tcp.destination_port": 65535, "tcp.sequence": 0xFFFFFFFF, "tcp.acknowledgment": 0, "tcp.flags": 0x15, "tcp.window": 512,
    "udp.source_port": 53, "udp.destination_port": 0, "icmp.type": 3, "icmp.code": 4, "vlan.id": 4094, "vlan.priority": 6, "vlan.inner.id": 1,
    "vlan.inner.priority": 7}


def views_of(seen):
    views = [view for view in ("ethernet", "vlan", "ipv4", "ipv6", "tcp", "udp", "icmp") if seen[view]]
    return views + (["vlan.inner"] if seen["vlan"] and seen["vlan"]["inner"] else [])


def zero_sum(packet, layer, set_to, field):
    """The same with a UDP source port such that, after the write, the checksum comes out as 0, which is written as 0xFFFF."""
    for port in range(1, 65536):
        packet[UDP].sport = port
        new = packet.copy()
        write(new, field, set_to)
        raw = anew(new)
        if Ether(raw)[UDP].chksum == 0xFFFF:
            return anew(packet)
    raise AssertionError("no port")


def wrong(name, packet, field, value):
    """By the difference: a checksum that is wrong before is as wrong after (RFC 1624, equation 3)."""
    raw = bytearray(bytes(packet))
    out = bytearray(bytes.fromhex(steps("", bytes(raw), [(field, value)])["output"]))
    at = 14 + 20 + 6
    for bytes_ in (raw, out):
        old = struct.unpack_from("!H", bytes_, at)[0]
        total = (0xFFFF & ~old) + 5
        struct.pack_into("!H", bytes_, at, 0xFFFF & ~((total & 0xFFFF) + (total >> 16)))
    return {"name": name, "packet": raw.hex(), "steps": [{"set": field, "value": value}], "output": out.hex()}


def again(name, packet, at, new, expected=True, offload=False):
    """Bytes are put in place, then the checksums computed anew."""
    raw = bytes(packet)
    changed = raw[:at] + new + raw[at + len(new):]
    out = anew(Ether(changed))
    vector = {"name": name, "packet": raw.hex(), "steps": [{"put": new.hex(), "at": at}, {"update_checksums": expected}], "output": out.hex()}
    if offload:
        vector |= {"partial": partial(raw)[1], "output": partial(out)[0].hex()}
    return vector


def writes():
    tcp4, udp4 = bytes(ETHER / IP(**V4) / TCP1 / b"hello, world"), bytes(ETHER / IP(**V4) / UDP1 / b"odd")
    carriers = {
        "ipv4 tcp": tcp4, "ipv4 udp": udp4, "ipv4 icmp": bytes(ETHER / IP(**V4) / ICMP(id=7) / b"ping!"),
        "ipv4 with options, udp": bytes(ETHER / IP(**V4, options=[IPOption_RR(length=11, routers=["1.2.3.4", "5.6.7.8"])]) / UDP1 / b"with options"),
        "ipv4 udp without checksum": bytes(ETHER / IP(**V4) / UDP(sport=9, dport=10, chksum=0) / b"none"),
        "padded": bytes(ETHER / IP(**V4) / UDP1 / b"a" / Padding(b"\xEE" * 17)),
        "ipv6 tcp": bytes(ETHER / IPv6(**V6) / TCP1 / b"six"), "ipv6 udp": bytes(ETHER / IPv6(**V6) / UDP1 / b"udp six"),
        "ipv6 icmp": bytes(ETHER / IPv6(**V6) / ICMPv6DestUnreach(code=1) / bytes(IPv6(**V6) / UDP1)),
        "ipv6 extension headers": bytes(ETHER / IPv6(**V6) / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / TCP1 / b"behind"),
        "two tags": bytes(Ether(**MAC, type=0x88A8) / Dot1AD(vlan=200, prio=3, dei=1, type=0x8100) / Dot1Q(vlan=30, prio=1) / IP(**V4) / TCP1)}
    for name, raw in carriers.items():
        for field, value in FIELDS.items():
            if field.rsplit(".", 1)[0] in views_of(describe(raw)):
                yield steps(f"{name}: {field}", raw, [(field, value)])
    nat = [("ipv4.source", 0xCB007105), ("tcp.source_port", 61000), ("ipv4.ttl", 63)]
    yield steps("translation of address and port", tcp4, nat)
    for name in ("ipv4 tcp", "ipv4 udp", "ipv6 tcp", "ipv6 udp", "ipv6 icmp", "ipv6 extension headers"):
        family = "ipv4" if "4" in name else "ipv6"
        for field in (f"{family}.source", f"{family}.destination"):
            yield steps(f"partial checksum, {name}: {field}", carriers[name], [(field, FIELDS[field])], True)
    yield steps("partial checksum, ports are not in it", tcp4, [("tcp.source_port", 1), ("tcp.sequence", 5), ("tcp.flags", 2)], True)
    routed = bytes(ETHER / IPv6(**V6) / IPv6ExtHdrRouting(addresses=["2001:db8::9"], segleft=1) / UDP1 / b"routed")
    yield steps("a destination that a routing header will replace is not in the checksum", routed, [("ipv6.destination", FIELDS["ipv6.destination"])])
    for name, ip in (("ipv4", IP(**V4)), ("ipv6", IPv6(**V6))):
        raw = zero_sum(ETHER / ip / UDP(sport=1, dport=9) / b"zero", UDP, 4242, "udp.destination_port")
        yield steps(f"{name}: a udp checksum that becomes 0 is 0xFFFF", raw, [("udp.destination_port", 4242)])
    first = bytes(ETHER / IP(**V4, flags="MF") / UDP(sport=1, dport=2, len=108, chksum=0x1111) / (b"f" * 16))
    total = (0xFFFF & ~0x1111) + (0xFFFF & ~1) + 77
    new = 0xFFFF & ~((total & 0xFFFF) + (total >> 16))
    yield {"name": "first fragment: by the difference, for the rest is elsewhere", "packet": first.hex(), "steps": [{"set": "udp.source_port", "value": 77}],
           "output": (first[:34] + struct.pack("!H", 77) + first[36:40] + struct.pack("!H", new) + first[42:]).hex()}
    later = bytes(ETHER / IP(**V4, frag=3, proto=17) / Raw(b"g" * 24))
    yield steps("later fragment: nothing behind ip is touched", later, [("ipv4.destination", 0x01020304)])
    yield wrong("a wrong checksum stays wrong", ETHER / IP(**V4) / UDP1 / b"wrong", "udp.source_port", 77)
    yield again("anew: tcp payload", ETHER / IP(**V4) / TCP1 / b"hello, world", 54, b"HELLO")
    yield again("anew: odd udp payload", ETHER / IP(**V4) / UDP1 / b"odd", 44, b"D")
    yield again("anew: ipv4 header", ETHER / IP(**V4) / UDP1 / b"odd", 18, b"\xAB\xCD")
    yield again("anew: ipv6 udp", ETHER / IPv6(**V6) / UDP1 / b"udp six", 62, b"SIX")
    yield again("anew: ipv6 icmp", ETHER / IPv6(**V6) / ICMPv6EchoRequest(data=b"ping6"), 62, b"P")
    yield again("anew: icmp", ETHER / IP(**V4) / ICMP(id=7) / b"ping!", 42, b"P")
    yield again("anew: behind extension headers", ETHER / IPv6(**V6) / IPv6ExtHdrHopByHop() / TCP1 / b"behind", 82, b"B")
    yield again("anew: udp without checksum stays without", ETHER / IP(**V4) / UDP(sport=9, dport=10, chksum=0) / b"none", 42, b"N")
    yield again("anew: padding is not in it", ETHER / IP(**V4) / UDP1 / b"a" / Padding(b"\xEE" * 17), 42, b"b")
    yield again("anew: partial", ETHER / IP(**V4) / TCP1 / b"hello, world", 54, b"HELLO", offload=True)
    cut = bytes(ETHER / IP(**V4) / TCP1 / b"hello, world")[:60]
    yield {"name": "anew: a transport that is cut short stays as it is", "packet": cut.hex(), "steps": [{"put": "ff", "at": 55}, {"update_checksums": False}],
           "output": (cut[:55] + b"\xff" + cut[56:]).hex()}
    yield {"name": "anew: a fragment's transport stays as it is", "packet": first.hex(), "steps": [{"put": "ff", "at": 45}, {"update_checksums": False}],
           "output": (first[:45] + b"\xff" + first[46:]).hex()}
    arp = bytes(Ether(**MAC, type=0x0806) / Raw(bytes(28)))
    yield {"name": "anew: no ip", "packet": arp.hex(), "steps": [{"update_checksums": False}], "output": arp.hex()}
