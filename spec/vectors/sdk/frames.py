"""What Scapy sees in frames: headers.json."""
import ipaddress

from scapy.all import (ICMP, IP, TCP, UDP, Dot1AD, Dot1Q, Ether, ICMPv6EchoRequest, ICMPv6ND_NS, IPOption_RR, IPv6,
                       IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, Padding, Raw)

MAC = {"src": "02:00:00:00:00:01", "dst": "02:00:00:00:00:02"}
ETHER = Ether(**MAC)
V4 = {"src": "10.0.0.1", "dst": "192.168.1.254", "id": 0x1234, "ttl": 64}
V6 = {"src": "2001:db8::1", "dst": "2001:db8:0:1::abcd", "hlim": 61, "fl": 0x12345, "tc": 0xB9}
TCP1 = TCP(sport=40000, dport=8080, seq=0xFEDCBA98, ack=0x01020304, flags="PA", window=0xFFFF)
UDP1 = UDP(sport=40001, dport=5001)
NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}


def tag(layer):
    return {"id": layer.vlan, "priority": layer.prio}


def vlan_of(packet):
    tags = []
    layer = packet.payload
    while isinstance(layer, (Dot1Q, Dot1AD)):
        tags.append(tag(layer))
        layer = layer.payload
    return {**tags[0], "inner": tags[1] if len(tags) > 1 else None} if tags else None


def ether_type(packet):
    layer = packet
    while isinstance(layer.payload, (Dot1Q, Dot1AD)):
        layer = layer.payload
    return layer.len if layer.name == "802.3" else layer.type


def ipv4_of(ip):
    number = lambda text: int(ipaddress.IPv4Address(text))
    return {"source": number(ip.src), "source_text": ip.src, "destination": number(ip.dst), "destination_text": ip.dst, "protocol": ip.proto,
            "ttl": ip.ttl, "dscp": ip.tos >> 2, "ecn": ip.tos & 3, "identification": ip.id, "total_length": ip.len, "header_length": ip.ihl * 4,
            "dont_fragment": bool(ip.flags.DF), "more_fragments": bool(ip.flags.MF), "fragment_offset": ip.frag}


def last_header(ip):
    layer, kind = ip, ip.nh
    while type(layer.payload).__name__.startswith("IPv6ExtHdr"):
        layer = layer.payload
        kind = layer.nh
    return kind


def ipv6_of(ip):
    raw = lambda text: ipaddress.IPv6Address(text)
    return {"source": raw(ip.src).packed.hex(), "source_text": str(raw(ip.src)), "destination": raw(ip.dst).packed.hex(),
            "destination_text": str(raw(ip.dst)), "next_header": last_header(ip), "hop_limit": ip.hlim, "dscp": ip.tc >> 2, "ecn": ip.tc & 3,
            "flow_label": ip.fl, "payload_length": ip.plen}


def tcp_of(tcp):
    return {"source_port": tcp.sport, "destination_port": tcp.dport, "sequence": tcp.seq, "acknowledgment": tcp.ack,
            "flags": int(tcp.flags) & 0xFF, "window": tcp.window, "header_length": tcp.dataofs * 4}


def is_icmp6(layer):
    return type(layer).__name__.startswith("ICMPv6")


def transport_of(packet):
    layer = packet
    while layer and not isinstance(layer, (TCP, UDP, ICMP)) and not is_icmp6(layer):
        if isinstance(layer, (IP, IPv6ExtHdrFragment)) and getattr(layer, "frag", getattr(layer, "offset", 0)):
            return None
        layer = layer.payload
    return layer or None


def describe(raw, absent=(), **changed):
    """`absent`: views that are not there though Scapy makes something of the rest; `changed`: the same for single views."""
    packet = Ether(raw)
    out = {"ethernet": {"destination": packet.dst, "source": packet.src, "type": ether_type(packet)}, "vlan": vlan_of(packet)}
    out["ipv4"] = ipv4_of(packet[IP]) if IP in packet else None
    out["ipv6"] = ipv6_of(packet[IPv6]) if IPv6 in packet else None
    out |= {"tcp": None, "udp": None, "icmp": None, "payload": None}
    if transport := transport_of(packet):
        padding = len(packet[Padding].load) if Padding in packet else 0
        at = len(raw) - len(bytes(transport))
        length = 8
        if isinstance(transport, TCP):
            out["tcp"] = tcp_of(transport)
            length = transport.dataofs * 4
        elif isinstance(transport, UDP):
            out["udp"] = {"source_port": transport.sport, "destination_port": transport.dport, "length": transport.len}
        else:
            out["icmp"] = {"type": transport.type, "code": transport.code}
        out["payload"] = raw[at + length:len(raw) - padding].hex()
    return {**out, **{name: None for name in absent}, **changed}


def end_text(address, port, has_ports):
    if not has_ports:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def flow_of(seen, fragment=False):
    ip = seen["ipv4"] or seen["ipv6"]
    if not ip:
        return None
    protocol = ip["protocol"] if seen["ipv4"] else ip["next_header"]
    ports = None if fragment else seen["tcp"] or seen["udp"]
    a, b = (ports["source_port"], ports["destination_port"]) if ports else (0, 0)
    text = lambda one, other: f"{NAMES.get(protocol, protocol)} {one} > {other}"
    one, other = (end_text(ip["source_text"], a, ports), end_text(ip["destination_text"], b, ports))
    return {"protocol": protocol, "source": ip["source_text"], "destination": ip["destination_text"], "source_port": a, "destination_port": b,
            "text": text(one, other), "reversed": text(other, one)}


def header(name, packet, absent=(), fragment=False, cut=None, **changed):
    raw = bytes(packet)[:cut]
    seen = describe(raw, absent, **changed)
    return {"name": name, "packet": raw.hex(), "fields": seen, "flow": flow_of(seen, fragment)}


ALL = ("vlan", "ipv4", "ipv6", "tcp", "udp", "icmp", "payload")
BEHIND = ("tcp", "udp", "icmp", "payload")


def bare(name, raw):
    nothing = {"ethernet": None, **{view: None for view in ALL}}
    return {"name": name, "packet": raw.hex(), "fields": nothing, "flow": None}


def headers():
    tcp4 = ETHER / IP(**V4) / TCP1 / b"hello, world"
    udp6 = ETHER / IPv6(**V6) / UDP1 / b"payload"
    hop, options = IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt()
    yield header("ipv4 tcp", tcp4)
    yield header("ipv4 udp", ETHER / IP(**V4, tos=0xB9, flags="DF") / UDP1 / b"x")
    yield header("ipv4 tcp with options", ETHER / IP(**V4) / TCP(sport=1, dport=2, flags="S", options=[("MSS", 1460), ("WScale", 7), ("NOP", None)]) / b"data")
    yield header("tcp flags, all of them", ETHER / IP(**V4) / TCP(sport=1, dport=2, flags=0xFF))
    yield header("ipv4 with options", ETHER / IP(**V4, options=[IPOption_RR(length=11, routers=["1.2.3.4", "5.6.7.8"])]) / UDP1 / b"with options")
    yield header("ipv4 icmp echo", ETHER / IP(**V4) / ICMP(type=8, code=0, id=7, seq=9) / b"ping")
    yield header("ipv4 icmp unreachable", ETHER / IP(**V4) / ICMP(type=3, code=1) / bytes(IP(**V4) / UDP1))
    yield header("ipv4 of another protocol", ETHER / IP(**V4, proto=89) / Raw(b"\2\1\0\0"))
    yield header("vlan", ETHER / Dot1Q(vlan=100, prio=5) / IP(**V4) / UDP1 / b"tagged")
    yield header("vlan with the DEI bit", ETHER / Dot1Q(vlan=4095, prio=7, dei=1) / IP(**V4) / TCP1)
    yield header("two tags", Ether(**MAC, type=0x88A8) / Dot1AD(vlan=200, prio=3, type=0x8100) / Dot1Q(vlan=30, prio=1) / IPv6(**V6) / TCP1 / b"qinq")
    yield header("ipv6 tcp", ETHER / IPv6(**V6) / TCP1 / b"six")
    yield header("ipv6 udp", udp6)
    yield header("ipv6 icmp echo", ETHER / IPv6(**V6) / ICMPv6EchoRequest(id=1, seq=2, data=b"ping6"))
    yield header("ipv6 neighbour solicitation", ETHER / IPv6(**V6) / ICMPv6ND_NS(tgt="2001:db8::2"))
    yield header("ipv6 hop-by-hop and destination options", ETHER / IPv6(**V6) / hop / options / TCP1 / b"behind")
    yield header("ipv6 routing header", ETHER / IPv6(**V6) / IPv6ExtHdrRouting(addresses=["2001:db8::9"], segleft=1) / UDP1 / b"routed")
    yield header("ipv6 no next header", ETHER / IPv6(**V6, nh=59) / Raw(b"\0" * 8))
    yield header("ipv4 mapped and zero addresses", ETHER / IPv6(src="::", dst="ff02::1", hlim=255) / UDP1)
    yield header("ipv4, first fragment", ETHER / IP(**V4, flags="MF") / UDP(sport=1, dport=2, len=108, chksum=0x1111) / (b"f" * 16), fragment=True,
                 payload=(b"f" * 16).hex())
    yield header("ipv4, later fragment", ETHER / IP(**V4, frag=3, proto=17) / Raw(b"g" * 24), BEHIND, fragment=True)
    yield header("ipv6, first fragment", ETHER / IPv6(**V6) / IPv6ExtHdrFragment(m=1, id=5) / UDP(sport=1, dport=2, len=108, chksum=0x1111) / (b"f" * 16),
                 fragment=True, payload=(b"f" * 16).hex())
    yield header("ipv6, later fragment", ETHER / IPv6(**V6) / IPv6ExtHdrFragment(offset=3, id=5, nh=17) / Raw(b"g" * 24), BEHIND, fragment=True)
    yield header("ipv6, fragment that is whole", ETHER / IPv6(**V6) / IPv6ExtHdrFragment(m=0, offset=0, id=5) / UDP1 / b"atomic")
    yield header("padding of ethernet", ETHER / IP(**V4) / UDP1 / b"ab" / Padding(b"\0" * 16))
    yield header("padding that is not zero", ETHER / IP(**V4) / TCP1 / Padding(b"\xEE" * 6))
    yield header("udp shorter than its ip packet", ETHER / IP(**V4) / UDP(sport=1, dport=2, len=12) / b"inside" / b"not", payload=b"insi".hex())
    yield header("no ip", Ether(**MAC, type=0x0806) / Raw(bytes(28)), ALL)
    yield header("802.3 length", Ether(**MAC, type=38) / Raw(bytes(46)), ALL)
    yield bare("nothing", b"")
    yield bare("13 bytes", bytes(tcp4)[:13])
    yield header("ethernet alone", tcp4, ALL, cut=14)
    yield header("cut in the tag", ETHER / Dot1Q(vlan=1) / IP(**V4), ALL, cut=17,
                 ethernet={"destination": MAC["dst"], "source": MAC["src"], "type": 0x8100})
    yield header("cut in ipv4", tcp4, ALL, cut=33)
    yield header("cut in tcp", tcp4, BEHIND, cut=14 + 20 + 19)
    yield header("cut in udp", ETHER / IP(**V4) / UDP1, BEHIND, cut=14 + 20 + 7)
    yield header("cut in icmp", ETHER / IP(**V4) / ICMP(), BEHIND, cut=14 + 20 + 7)
    yield header("cut in the payload", tcp4, cut=14 + 20 + 20 + 5)
    yield header("cut in ipv6", udp6, ALL, cut=14 + 39)
    yield header("cut in an extension header", ETHER / IPv6(**V6) / hop / options / TCP1, BEHIND, cut=14 + 40 + 8 + 7,
                 ipv6={**describe(bytes(ETHER / IPv6(**V6, plen=36) / hop / options / TCP1))["ipv6"], "next_header": 60})
    yield header("tcp header longer than the packet", ETHER / IP(**V4) / TCP(sport=1, dport=2, dataofs=15), BEHIND)
    yield header("tcp header shorter than itself", ETHER / IP(**V4) / TCP(sport=1, dport=2, dataofs=4) / b"1234", BEHIND)
    yield header("ipv4 header shorter than itself", ETHER / IP(**V4, ihl=4) / UDP1, ALL)
    yield header("ipv4 of version 5", ETHER / IP(**V4, version=5) / UDP1, ALL)
    yield header("ipv4 whose length is less than its header", ETHER / IP(**V4, len=19) / UDP1, BEHIND)
    yield header("ipv6 of version 4", ETHER / IPv6(**V6, version=4) / UDP1, ALL)
    yield header("nsh in ethernet", Ether(**MAC, type=0x894F) / Raw(bytes.fromhex("0fc601030000640a") + bytes(16) + bytes(ETHER / IP(**V4) / UDP1)), ALL)
