"""Context layouts, by arithmetic on one number of 128 bits: context.json."""


def layout(text):
    at, fields = 0, {}
    for part in text.split(","):
        name, bits = part.split(":")
        fields[name] = (at, int(bits))
        at += int(bits)
    assert at == 128
    return fields


def shown(value, bits):
    return hex(value) if bits <= 64 else value.to_bytes((bits + 7) // 8, "big").hex()


def case(name, text, before, sets):
    fields = layout(text)
    number = int.from_bytes(before, "big")
    read = {field: shown(number >> (128 - at - bits) & (1 << bits) - 1, bits) for field, (at, bits) in fields.items()}
    for field, value in sets:
        at, bits = fields[field]
        place = 128 - at - bits
        number = number & ~(((1 << bits) - 1) << place) | value << place
    return {"name": name, "layout": text, "fields": {field: {"first": at, "bits": bits} for field, (at, bits) in fields.items()}, "context": before.hex(),
            "read": read, "set": [[field, shown(value, fields[field][1])] for field, value in sets], "after": number.to_bytes(16, "big").hex()}


def context():
    zero, full, ramp = bytes(16), b"\xff" * 16, bytes(range(0x10, 0x20))
    yield case("bytes", "tenant:24,mark:8,reserved:96", ramp, [("tenant", 7), ("mark", 255)])
    yield case("odd widths", "a:1,b:2,c:3,d:5,e:7,f:11,g:13,h:17,i:19,rest:50", ramp, [("a", 1), ("c", 5), ("e", 0x55), ("g", 0x1234), ("i", 0x7FFFF), ("rest", 1)])
    yield case("odd widths, all ones before", "a:1,b:2,c:3,d:5,e:7,f:11,g:13,h:17,i:19,rest:50", full, [("b", 0), ("d", 0), ("f", 0), ("h", 0)])
    yield case("64 bits", "one:64,two:64", zero, [("one", 0xFEDCBA9876543210), ("two", 1 << 63)])
    yield case("64 bits across bytes", "skew:3,number:64,rest:61", full, [("number", 0x0123456789ABCDEF)])
    yield case("53 and 54 bits", "a:53,b:54,c:21", ramp, [("a", (1 << 53) - 1), ("b", (1 << 54) - 1)])
    yield case("128 bits", "all:128", ramp, [("all", int.from_bytes(bytes(range(0xF0, 0x100)), "big"))])
    yield case("65 bits are bytes", "flag:1,wide:65,rest:62", full, [("wide", 1)])
    yield case("96 bits", "tenant:24,mark:8,reserved:96", full, [("reserved", int.from_bytes(bytes(range(12)), "big"))])
    yield case("single bits", ",".join(f"b{i}:1" for i in range(128)), zero, [("b0", 1), ("b7", 1), ("b8", 1), ("b127", 1)])
    wrong = {"127 bits": "a:127", "129 bits": "a:1,b:128", "no bits": "a:0,b:128", "no number": "a:x,b:120", "twice": "a:64,a:64", "no name": ":128",
             "no colon": "a", "an end too many": "a:128,", "negative": "a:-1,b:129"}
    for name, text in wrong.items():
        yield {"name": f"refused: {name}", "layout": text, "error": True}
    yield {"name": "does not fit", "layout": "a:3,rest:125", "misfit": [["a", "0x8"], ["rest", "20" + "00" * 15], ["rest", "00" * 17]]}
