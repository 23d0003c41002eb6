"""Packets: their bytes, their metadata, and above all their life time."""
import pytest
from conftest import assert_balanced

# A component that checks itself: `check` counts what is wrong, and says where.
CHECKED = """
import sys, traceback
import coven
from coven import Verdict, counter
wrong = counter("wrong")

def check(good):
    if not good:
        wrong.add()
        traceback.print_stack(limit=2)

def raises(kind, function):
    try:
        function()
    except kind:
        return
    check(False)

"""


def run_checked(component, source, *options):
    outcome = component(CHECKED + source, "--packets", 2000, "--agent", "get wrong", *options)
    assert_balanced(outcome)
    assert outcome.answer()["value"] == 0, outcome.stderr
    assert outcome.figures["counters"]["errors"] == 0, outcome.stderr
    return outcome


def test_reading(component):
    source = """
@coven.run
def read(packet):
    number = packet.time_ns - 1700000000000000000
    expected = bytes((number * 31 + at * 7 + (number >> 8)) & 255 for at in range(packet.length))
    check(packet.bytes() == bytes(packet) == bytes(packet.data) == packet[:] == expected)
    check(len(packet) == packet.length == len(packet.data) >= 60)
    check(packet[12] == packet.u8(12) == expected[12] and packet[-1] == expected[-1])
    check(packet.u16(12) == int.from_bytes(expected[12:14], "big") and packet.u32(26) == int.from_bytes(expected[26:30], "big"))
    check(packet.bytes(6, 6) == packet[6:12] == expected[6:12] and packet.bytes(14) == expected[14:])
    check(packet.bytes(60000) == b"" and packet.bytes(packet.length - 1, 9) == expected[-1:])
    check(packet.context[1:] == bytes((number + at) & 255 for at in range(1, 16)) and len(packet.context) == 16)
    check(packet.service_path == 10 << 8 | 255 and packet.flow_hash != 0 and packet.mark == 0)
    for beyond in (packet.length - 1, packet.length, 2**40, -1):
        raises(IndexError, lambda: packet.u16(beyond))
    raises(IndexError, lambda: packet[packet.length])
    raises(IndexError, lambda: packet[-packet.length - 1])
    raises(TypeError, lambda: packet["12"])
    return Verdict.FORWARD
"""
    assert run_checked(component, source).figures["context_changed"] == 0


def test_writing(component):
    source = """
@coven.run
def write(packet):
    packet[0] = 255
    packet[1:3] = b"\\x01\\x02"
    packet.put_u16(12, 0x86DD)
    packet.put_u32(14, 0xFFFFFFFF)
    packet.data[20] = 7
    packet.context[3] = packet.context[3] ^ 1
    packet.mark = 2**32 - 1
    check(packet[0:3] == b"\\xff\\x01\\x02" and packet.u16(12) == 0x86DD and packet.u32(14) == 0xFFFFFFFF and packet[20] == 7)
    check(packet.mark == 2**32 - 1)
    raises(OverflowError, lambda: packet.put_u16(12, 65536))
    raises(IndexError, lambda: packet.put_u32(packet.length - 3, 0))
    raises(ValueError, lambda: packet.__setitem__(0, 256))
    raises(ValueError, lambda: packet.__setitem__(slice(0, 2), b"longer"))
    raises(TypeError, lambda: packet.__delitem__(0))
    raises(ValueError, lambda: setattr(packet, "mark", 2**32))
    return Verdict.FORWARD
"""
    assert run_checked(component, source, "--modifies").figures["context_changed"] == 2000


def test_growing(component):
    source = """
@coven.run
def grow(packet):
    before = packet.bytes()
    view = packet.data
    raises(BufferError, lambda: packet.grow_front(4))
    view.release()
    check(packet.grow_front(4) and packet.grow_back(2) and packet.length == len(before) + 6)
    check(packet[4:-2] == before and len(packet.data) == packet.length)
    check(packet.grow_front(-4) and packet.grow_back(-2) and packet.bytes() == before)
    check(not packet.grow_front(60000) and not packet.grow_back(60000) and not packet.grow_back(-packet.length - 1))
    check(packet.bytes() == before)
    return Verdict.FORWARD
"""
    assert run_checked(component, source).figures["corrupted"] == 0


def test_what_is_kept_raises_later(component):
    source = """
import weakref
kept = []

def is_dead(thing):
    if isinstance(thing, coven.Packet):
        for use in (lambda: thing.data, lambda: thing.context, lambda: thing.length, lambda: thing[0], lambda: thing.u16(0), lambda: thing.bytes(),
                    lambda: thing[0:2], lambda: bytes(thing), lambda: len(thing), lambda: thing.mark, lambda: thing.time_ns, lambda: thing.flow_hash,
                    lambda: thing.service_path, lambda: thing.grow_back(1), lambda: setattr(thing, "mark", 1), lambda: thing.__setitem__(0, 1),
                    lambda: thing.clone(), lambda: thing.send(), lambda: coven.packet_new(60, thing), lambda: memoryview(thing)):
            raises(ValueError, use)
    else:
        for use in (lambda: thing[0], lambda: bytes(thing), lambda: thing[1:], lambda: thing.__setitem__(0, 1), lambda: memoryview(thing)):
            raises(ValueError, use)

@coven.run
def keep(packet):
    for thing in kept:
        is_dead(thing)
    kept[:] = [packet, packet.data, packet.data[6:12], packet.context, memoryview(packet.context)[4:], memoryview(packet), memoryview(packet)[2:9],
               memoryview(packet.data), packet.data.cast("b").cast("B"), packet.data.toreadonly()]
    for thing in kept[1:]:
        thing[0]
    return Verdict.FORWARD

for thing in kept:
    is_dead(thing)
del kept[:]
"""
    outcome = run_checked(component, source)
    assert "Traceback" not in outcome.stderr


def test_iterators_and_weak_references_die_too(component):
    source = """
import weakref
kept = []

@coven.run
def keep(packet):
    for iterator, reference in kept:
        raises(ValueError, lambda: next(iterator))
    del kept[:]
    view = packet.data
    iterator = iter(view)
    next(iterator)
    kept.append((iterator, weakref.ref(view)))
    return Verdict.FORWARD
"""
    run_checked(component, source)


def test_a_packet_object_serves_again_unless_it_is_kept(component):
    source = """
seen = set()

@coven.run
def same(packet):
    seen.add(id(packet))
    packet.data[0], packet.context[0]
    check(len(seen) == 1)
    return Verdict.FORWARD
"""
    run_checked(component, source)


def test_views_closed_by_the_author(component):
    source = """
@coven.run
def close(packet):
    with packet.data as view:
        first = view[0]
    raises(ValueError, lambda: view[0])
    check(packet.data[0] == first)
    with memoryview(packet.context) as context:
        context[0] = context[0]
    check(len(packet.context) == 16 and memoryview(packet.context)[0] == packet.context[0])
    return Verdict.FORWARD
"""
    run_checked(component, source)


@pytest.mark.parametrize("base", ["packet.data", "packet"])
def test_memory_that_another_object_keeps_is_an_error_but_no_crash(component, base):
    source = f"""
import re
kept = []

@coven.run
def keep(packet):
    kept.append(re.finditer(b".", {base}, re.DOTALL))
    return Verdict.FORWARD

print(sum(next(thing).end() for thing in kept), "bytes still there")
"""
    outcome = component(CHECKED + source, "--packets", 200)
    assert_balanced(outcome)
    assert outcome.figures["dropped"] == {"component_error": 200}
    assert "an object still uses a packet's memory" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_an_address_taken_from_a_view_is_no_crash_after_leaving(component):
    source = """
import ctypes
kept = []

@coven.run
def keep(packet):
    kept.append((ctypes.c_char * 20).from_buffer(packet.data[10:40]))
    return Verdict.FORWARD

print(sum(len(bytes(thing)) for thing in kept), "bytes still there")
"""
    outcome = component(CHECKED + source, "--packets", 200)
    assert_balanced(outcome)
    assert "4000 bytes still there" in outcome.stderr


def test_burst_and_its_packets_die(component):
    source = """
kept = []

@coven.run_burst
def keep(burst):
    for thing in kept:
        raises(ValueError, lambda: thing[0])
        raises(ValueError, lambda: len(thing))
    kept[:] = [burst, burst[0], burst[0].data]
    kept.pop()
    check(burst[0] is burst[0])
    raises(IndexError, lambda: burst[len(burst)])
    raises(ValueError, lambda: burst.set_verdict(Verdict.DROP, b"too short" * 99))
    raises(TypeError, lambda: burst.set_verdict("out"))
    raises(IndexError, lambda: burst.context(16))
"""
    run_checked(component, source)


def test_making_cloning_and_sending(component):
    source = """
made = counter("made")
held = []

@coven.run
def multiply(packet):
    raises(ValueError, packet.send)
    copy = packet.clone()
    if copy is not None:
        check(copy.bytes() == packet.bytes() and copy.context == packet.context)
        copy[0] ^= 1
        view = copy.data
        raises(BufferError, copy.send)
        view.release()
        copy.send()
        raises(ValueError, lambda: copy[0])
        made.add()
    fresh = coven.packet_new(100, packet)
    if fresh is not None:
        check(fresh.bytes() == bytes(100) and bytes(fresh.context) == bytes(16))
        held.append(fresh)
        made.add()
    if len(held) > 20:
        held.pop(0).send(Verdict.FORWARD)
        held.pop(0)
    raises(OverflowError, lambda: coven.packet_new(-1, packet))
    raises(TypeError, lambda: coven.packet_new(60, "like"))
    check(coven.packet_new(60000, packet) is None)
    return Verdict.FORWARD

for packet in held:
    raises(ValueError, lambda: packet[0])
"""
    outcome = run_checked(component, source, "--creates", "--modifies", "--agent", "get made")
    assert outcome.figures["created"] == outcome.answer(1)["value"] > 100


def test_packets_dropped_on_another_thread_go_back(component):
    source = """
import threading
made = counter("made")

@coven.run
def make(packet):
    fresh = [coven.packet_new(60, packet)]
    if fresh[0] is not None:
        made.add()
        thread = threading.Thread(target=fresh.clear)
        thread.start()
        thread.join()
    return Verdict.FORWARD
"""
    outcome = component(CHECKED + source, "--packets", 300, "--creates", "--agent", "get made")
    assert_balanced(outcome)
    assert outcome.figures["created"] == outcome.answer()["value"] > 0


def test_packets_are_not_made_by_hand(component):
    outcome = component("import coven\ntry: coven.Packet()\nexcept TypeError: raise SystemExit(0)\nraise SystemExit(5)", "--packets", 0)
    assert outcome.figures["exit"] == 0
