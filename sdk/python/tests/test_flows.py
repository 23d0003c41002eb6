"""Flow keys and flow tables."""
import gc

import pytest
from coven import Flow, FlowTable, Verdict
from coven.testing import harness

A, B = ("10.0.0.1", 1000), ("10.0.0.2", 80)
SECOND = 1_000_000_000


def flow(one=A, other=B, protocol=6):
    return Flow(protocol, one[0], other[0], one[1], other[1])


def frame(one, other):
    import struct
    from ipaddress import ip_address

    ip = struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + ip_address(one[0]).packed + ip_address(other[0]).packed
    return bytes(12) + b"\x08\x00" + ip + struct.pack("!HHIIBBHHH", one[1], other[1], 0, 0, 0x50, 0x10, 0, 0, 0)


def test_a_flow_is_a_key():
    assert flow() == flow() and hash(flow()) == hash(flow()) and flow() != flow(B, A)
    assert flow() == flow(B, A).reversed
    assert flow() != "tcp" and len({flow(), flow(), flow(B, A), flow(protocol=17)}) == 3
    assert (flow().source, Flow(6, "::1", "::2").destination) == (0x0A000001, bytes(15) + b"\2")
    assert repr(Flow(17, "::1", "::2", 5, 6)) == "udp [::1]:5 > [::2]:6"
    with pytest.raises(ValueError, match="no IPv4 address"):
        Flow(6, "10.0.0", "10.0.0.1")
    with pytest.raises(ValueError, match="no IPv6 address"):
        Flow(6, "::1", "10.0.0.1")


def test_both_directions_are_one_entry():
    table = FlowTable(10, 60)
    table.put(flow(), "conversation")
    assert table.get(flow(B, A)) == "conversation" and table.size == len(table) == 1
    assert list(table) == [flow()]
    table.put(flow(B, A), "again")
    assert list(table.items()) == [(flow(), "again")]
    assert table.remove(flow(B, A)) == "again" and table.get(flow()) is None and table.remove(flow()) is None


def test_or_two():
    table = FlowTable(10, 60, symmetric=False)
    table.put(flow(), 1)
    table.put(flow(B, A), 2)
    assert (table.get(flow()), table.get(flow(B, A)), table.size) == (1, 2, 2)


def test_the_one_unused_for_longest_goes():
    table = FlowTable(3, 60)
    ends = [("10.0.0.1", port) for port in range(1, 6)]
    for end in ends[:3]:
        table.put(flow(end), end[1])
    assert table.get(flow(ends[0])) == 1
    table.put(flow(ends[3]), 4)
    assert [value for _, value in table.items()] == [4, 1, 3]
    assert (table.evicted, table.expired) == (1, 0)
    assert table.clear() == 3 and list(table) == []


def test_against_a_model():
    from collections import OrderedDict
    from random import Random

    random, table, model = Random(7), FlowTable(50, 60), OrderedDict()
    for turn in range(20000):
        key = flow(("10.0.0.1", random.randrange(1, 120)))
        kind = random.randrange(4)
        if kind == 0:
            assert table.remove(key) == model.pop(key, None)
        elif kind == 1:
            if key not in model and len(model) == 50:
                model.popitem(last=False)
            model[key] = turn
            model.move_to_end(key)
            table.put(random.choice((key, key.reversed)), turn)
        else:
            if key in model:
                model.move_to_end(key)
            assert table.get(random.choice((key, key.reversed))) == model.get(key)
        assert table.size == len(model)
    assert [value for _, value in table.items()] == list(reversed(model.values()))


def test_time_is_that_of_the_packets():
    table = FlowTable(10, 2.5)

    def count(packet):
        table.put(packet, (table.get(packet) or 0) + 1)
        return Verdict.FORWARD

    subject = harness(count)
    for second in (10, 12, 14):
        assert subject.packet(frame(A, B), time_ns=second * SECOND).error is None
    assert (table.get(flow()), table.size) == (3, 1)
    subject.packet(frame(("10.0.0.9", 9), B), time_ns=16 * SECOND)
    assert (table.size, table.expired) == (2, 0)
    subject.packet(frame(("10.0.0.9", 9), B), time_ns=17 * SECOND)
    assert (table.size, table.expired, table.get(flow())) == (1, 1, None)
    subject.packet(frame(A, B), time_ns=1 * SECOND)  # an older time does not turn the clock back
    assert (table.get(flow()), table.expired) == (1, 1)


def test_a_flow_of_a_packet_knows_its_time():
    table = FlowTable(10, 1)

    def note(packet):
        table.put(packet.flow, packet.time_ns)
        return Verdict.FORWARD

    subject = harness(note)
    subject.packet(frame(A, B), time_ns=SECOND)
    subject.packet(frame(("10.0.0.9", 9), B), time_ns=10 * SECOND)
    assert [value for _, value in table.items()] == [10 * SECOND]


def test_what_has_no_flow():
    table = FlowTable(10, 60)
    seen = []

    def look(packet):
        seen.append((packet.flow, table.get(packet), table.remove(packet)))
        with pytest.raises(ValueError, match="no flow"):
            table.put(packet, 1)
        return Verdict.FORWARD

    assert harness(look).packet(bytes(60)).error is None
    assert seen == [(None, None, None)]
    with pytest.raises(TypeError, match="not by int"):
        table.get(7)


@pytest.mark.parametrize("arguments", [(0, 1), (-1, 1), (1 << 25, 1), (10, -1), (10, 1e9), (10, float("nan"))])
def test_sizes_that_can_not_be(arguments):
    with pytest.raises(ValueError):
        FlowTable(*arguments)


def test_a_walk_ends_when_the_table_is_used():
    table = FlowTable(10, 60)
    table.put(flow(), 1)
    table.put(flow(("10.0.0.3", 3)), 2)
    walk = iter(table)
    next(walk)
    table.get(flow())
    with pytest.raises(RuntimeError, match="walked"):
        next(walk)


def test_values_are_let_go():
    class Value:
        count = 0

        def __init__(self):
            Value.count += 1

        def __del__(self):
            Value.count -= 1

    table = FlowTable(4, 60)
    for port in range(100):
        table.put(flow(("10.0.0.1", port)), Value())
    assert Value.count == 4
    table.put(flow(("10.0.0.1", 99)), Value())
    assert Value.count == 4
    cycle = Value()
    cycle.table = table
    table.put(flow(), cycle)
    del table, cycle
    gc.collect()
    assert Value.count == 0


def test_a_value_may_use_the_table_when_it_goes():
    table = FlowTable(2, 60)

    class Busy:
        def __del__(self):
            table.get(flow())
            table.put(flow(("10.0.0.7", 7)), 7)

    for port in range(20):
        table.put(flow(("10.0.0.1", port)), Busy())
    table.clear()
    assert table.size <= 2


def test_operators_see_it(tmp_path):
    main = tmp_path / "main.py"
    main.write_text(
        "import coven\ntable = coven.flow_table('seen', 2, 60)\n"
        "@coven.run\ndef note(packet):\n    table.put(packet, 1)\n    return coven.Verdict.FORWARD\n"
    )
    subject = harness(main)
    for port in range(3):
        subject.packet(frame(("10.0.0.1", port + 1), B))
    assert [subject.item(f"seen_{name}") for name in ("flows", "expired", "evicted")] == [2, 0, 1]
