"""NSH and its metadata by RFC 8300 §2; the typed values by RFC 9263 §4: nsh.json."""
import struct

OUTER = bytes.fromhex("020000000002" "020000000001" "894f")
TAGGED = bytes.fromhex("020000000002" "020000000001" "81000064" "894f")
INNER = bytes.fromhex("0a00000000010a00000000020800450000223039400040110000" "0a0000010a000002" "1f901389000e0000" "626567696e0a")


def tlv(class_, kind, value, u=0, pad=0):
    return struct.pack("!HBB", class_, kind, u << 7 | len(value)) + value + bytes([pad]) * (-len(value) % 4)


def nsh(pieces=b"", md=2, spi=0x123456, si=250, ttl=63, oam=0, next_=3, u=0, context=b"", length=None):
    body = context + (pieces if isinstance(pieces, bytes) else b"".join(tlv(*piece) for piece in pieces))
    words = (8 + len(body)) // 4 if length is None else length
    return struct.pack("!HBBI", oam << 13 | u << 12 | ttl << 6 | words, u * 0xF0 | md, next_, spi << 8 | si) + body


def fields(raw):
    base, kind, next_, path = struct.unpack_from("!HBBI", raw)
    return {"spi": path >> 8, "si": path & 255, "ttl": base >> 6 & 63, "oam": bool(base >> 13 & 1), "md_type": kind & 15, "next_protocol": next_,
            "length": (base & 63) * 4}


def vector(name, header, pieces=(), steps=(), after=None, outer=OUTER, headroom=None):
    """`pieces` and `after`: what the metadata is before and after, as arguments of tlv."""
    listed = [[piece[0], piece[1], piece[2].hex(), bool(piece[3] if len(piece) > 3 else 0)] for piece in pieces]
    out = {"name": name, "frame": (outer + header + INNER).hex(), "at": len(outer), "fields": fields(header), "metadata": listed,
           "steps": [{"op": step[0], "class": step[1], "type": step[2], **({"value": step[3].hex()} if step[0] == "set" else {}), "ok": step[-1]} for step in steps]}
    if headroom is not None:
        out["headroom"] = headroom
    return out | {"output": (outer + (header if after is None else changed(header, after)) + INNER).hex()}


def changed(header, pieces):
    body = b"".join(tlv(*piece) for piece in pieces)
    base = struct.unpack_from("!H", header)[0] & ~63 | (8 + len(body)) // 4
    return struct.pack("!H", base) + header[2:8] + body


def metadata():
    a, b, c = (0, 5, b"\0\0\0\7"), (0xFFF6, 1, b"abcde", 1, 0xEE), (0, 9, bytes(range(8)))
    empty = (0x0200, 0, b"")
    three = [a, b, c]
    yield vector("md type 1", nsh(md=1, context=bytes(range(16))))
    yield vector("md type 1: nothing to set", nsh(md=1, context=bytes(range(16))), (), [("set", 0, 5, b"x", False), ("remove", 0, 5, False)])
    yield vector("oam, ttl 0, u bits", nsh(oam=1, ttl=0, u=1, next_=1, si=0, spi=1))
    yield vector("md type 2 without metadata", nsh())
    yield vector("three", nsh(three), three)
    yield vector("two tags outside", nsh(three), three, [("set", 0, 5, b"1234", True)], [(0, 5, b"1234"), b, c], outer=TAGGED)
    yield vector("an empty value", nsh([empty, a]), [empty, a])
    yield vector("set of the same length", nsh(three), three, [("set", 0, 5, b"\xff\xfe\xfd\xfc", True)], [(0, 5, b"\xff\xfe\xfd\xfc"), b, c])
    yield vector("set longer: the others stay byte for byte", nsh(three), three, [("set", 0, 5, b"longer value", True)], [(0, 5, b"longer value"), b, c])
    yield vector("set shorter, with padding of zero", nsh(three), three, [("set", 0, 9, b"x", True)], [a, b, (0, 9, b"x")])
    yield vector("set within the padding", nsh(three), three, [("set", 0xFFF6, 1, b"123456", True)], [a, (0xFFF6, 1, b"123456"), c])
    yield vector("set to nothing", nsh(three), three, [("set", 0, 5, b"", True)], [(0, 5, b""), b, c])
    yield vector("set of a new one: at the end", nsh(three), three, [("set", 0, 10, b"new", True)], [a, b, c, (0, 10, b"new")])
    yield vector("set of the first one", nsh(), (), [("set", 0, 0, b"subscriber-7", True)], [(0, 0, b"subscriber-7")])
    yield vector("the first of two counts", nsh([a, (0, 5, b"two")]), [a, (0, 5, b"two")], [("set", 0, 5, b"one", True)], [(0, 5, b"one"), (0, 5, b"two")])
    yield vector("remove the first of two", nsh([a, (0, 5, b"two")]), [a, (0, 5, b"two")], [("remove", 0, 5, True)], [(0, 5, b"two")])
    yield vector("remove in the middle", nsh(three), three, [("remove", 0xFFF6, 1, True)], [a, c])
    yield vector("remove the last one", nsh([a]), [a], [("remove", 0, 5, True)], [])
    yield vector("remove what is not there", nsh(three), three, [("remove", 0, 6, False), ("remove", 0xFFF6, 2, False)])
    yield vector("several steps", nsh(three), three, [("remove", 0, 5, True), ("set", 1, 1, b"q", True), ("set", 0xFFF6, 1, b"", True), ("remove", 0, 9, True)],
                 [(0xFFF6, 1, b""), (1, 1, b"q")])
    full = [(1, 1, bytes(120)), (1, 2, bytes(112), 1)]
    yield vector("252 bytes at most", nsh(full), full, [("set", 2, 2, b"", True), ("set", 2, 3, b"", False), ("set", 2, 2, b"x", False)], [*full, (2, 2, b"")])
    yield vector("a value of 127 bytes, none of 128", nsh(), (), [("set", 1, 1, bytes(128), False), ("set", 1, 1, bytes(127), True)], [(1, 1, bytes(127))])
    yield vector("no room in front", nsh([a]), [a], [("set", 0, 6, b"", False), ("set", 0, 5, b"1234", True)], [(0, 5, b"1234")], headroom=3)
    yield vector("room in front that is just enough", nsh([a]), [a], [("set", 0, 6, b"", True)], [a, (0, 6, b"")], headroom=4)
    broken = nsh(tlv(*a) + struct.pack("!HBB", 0, 6, 9) + bytes(4))
    yield vector("metadata that ends within a piece can be read up to it, not changed", broken, [a], [("set", 0, 5, b"z", False), ("remove", 0, 5, False)])
    typed = {"forwarding_context": (4, {"00000fff": {"context_type": 0, "vlan": 0xFFF}, "10abc123": {"context_type": 1, "service_vlan": 0xABC, "customer_vlan": 0x123},
                                        "200fffff": {"context_type": 2, "mpls_label": 0xFFFFF}, "30123456": {"context_type": 3, "vni": 0x123456},
                                        "40000000deadbeef": {"context_type": 4, "session": 0xDEADBEEF}}),
             "flow_id": (8, {"000abcde": {"context_type": 0, "label": 0xABCDE}, "10012345": {"context_type": 1, "label": 0x12345}}),
             "groups": (9, {"0000000100000002": {"source": 1, "destination": 2}, "ffffffff00000000": {"source": 0xFFFFFFFF, "destination": 0}})}
    for name, (kind, values) in typed.items():
        for value, expected in values.items():
            yield {"name": f"typed: {name} {value}", "typed": name, "class": 0, "type": kind, "value": value, "fields": expected, "written": value}
    # Reserved bits: ignored when read, zero when written (RFC 9263 §4.1 and §4.5).
    reserved = {"0ffffabc": ("forwarding_context", "00000abc"), "1fabc123": ("forwarding_context", "10abc123"), "2ff12345": ("forwarding_context", "20012345"),
                "3f123456": ("forwarding_context", "30123456"), "4fffffffdeadbeef": ("forwarding_context", "40000000deadbeef"), "1ff12345": ("flow_id", "10012345")}
    fields_of = {"00000abc": {"context_type": 0, "vlan": 0xABC}, "20012345": {"context_type": 2, "mpls_label": 0x12345}}
    for value, (name, written) in reserved.items():
        kind, values = typed[name]
        yield {"name": f"typed: {name} {value}, reserved bits", "typed": name, "class": 0, "type": kind, "value": value, "fields": values.get(written) or fields_of[written],
               "written": written}
