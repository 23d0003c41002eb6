"""The harness itself: results, items, captures, what a test's process keeps to itself."""
import os
import signal
import struct
import subprocess
import sys

import pytest
from conftest import REPOSITORY, environment
from coven import Verdict, packet_new
from coven.testing import Frame, Result, harness, read_capture

FRAME = bytes(12) + b"\x08\x00" + bytes(range(46))


def test_a_component_from_its_file_begins_anew_each_time():
    path = REPOSITORY / "examples/l7-firewall/filter-python/main.py"
    for _ in range(2):
        subject = harness(path)
        assert [subject.packet(FRAME, context).verdict for context in (b"", b"\1", b"")] == ["out", "drop", "out"]
        assert (subject.item("dropped"), subject.item("passed")) == (1, 2)


def test_a_result_says_what_left():
    def change(packet):
        packet[0:3] = b"abc"
        packet.grow_front(2)
        packet.context[15] = packet.mark
        packet.mark = 9
        return Verdict.FORWARD

    assert harness(change).packet(FRAME, b"\5", mark=7) == Result("out", bytes(2) + b"abc" + FRAME[3:], b"\5" + bytes(14) + b"\7", 9)


def test_errors_and_packets_of_its_own():
    aside = Verdict.to("aside")

    def busy(packet):
        for size in (20, 30):
            packet_new(size, packet).send(aside)
        packet.clone().send(Verdict.DROP)
        copy = packet.clone()
        copy.context[0] = 1
        copy.send()
        if packet.context[0]:
            raise KeyError("why")
        return aside

    subject = harness(busy, outputs=["out", "aside"])
    for _ in range(50):  # more frames than there are
        result = subject.packet(FRAME)
        assert sorted((one.output, len(one.data), one.context[0]) for one in result.sent) == [("aside", 20, 0), ("aside", 30, 0), ("out", 60, 1)]
        assert result.verdict == "aside"
    failed = subject.packet(FRAME, b"\1")
    assert (failed.verdict, repr(failed.error), len(failed.sent)) == ("error", "KeyError('why')", 3)


def test_an_output_that_the_package_does_not_have():
    elsewhere = Verdict.to("elsewhere")
    result = harness(lambda packet: elsewhere, outputs=["out", "aside"]).packet(FRAME)
    assert (result.verdict, str(result.error)) == ("error", "there is no such output as 'elsewhere', only out, aside")


def test_bursts():
    sizes = []

    def each(burst):
        sizes.append(len(burst))
        burst.set_verdict(Verdict.DROP, bytes(packet[14] for packet in burst))

    frames = [Frame(bytes(14) + bytes([number % 2]), number) for number in range(70)]
    results = harness(each, in_bursts=True).frames(frames)
    assert sizes == [32, 32, 6] and results.verdicts == {"out": 35, "drop": 35}
    assert [result.verdict for result in results[:3]] == ["out", "drop", "out"]


def test_items(tmp_path):
    main = tmp_path / "main.py"
    main.write_text(
        "import coven\nlimit = coven.setting('limit', 5, accept=lambda value: value < 100)\nseen = coven.counter('seen')\n"
        "@coven.command('reset')\ndef reset(argument): return {'was': seen.value, 'argument': argument}\n"
        "@coven.run\ndef note(packet):\n    seen.add(limit.value)\n    return coven.Verdict.FORWARD\n"
    )
    subject = harness(main, settings={"limit": 7})
    subject.packet(FRAME)
    assert (subject.item("seen"), subject.call("reset", "now")) == (7, {"was": 7, "argument": "now"})
    for wrong in (lambda: subject.set("limit", 100), lambda: subject.set("limit", "x")):
        with pytest.raises(ValueError):
            wrong()
    for wrong in (lambda: subject.item("sean"), lambda: subject.set("seen", 1), lambda: subject.call("limit"), lambda: subject.item("reset")):
        with pytest.raises(LookupError):
            wrong()


def test_times():
    times = []
    subject = harness(lambda packet: times.append(packet.time_ns) or 0)
    subject.packet(FRAME, time_ns=5)
    subject.packet(FRAME)
    assert times[0] == 5 and times[1] > 5


def test_what_is_no_packet():
    with pytest.raises(ValueError, match="at most"):
        harness(lambda packet: 0).packet(bytes(70000))
    with pytest.raises(ValueError, match="context"):
        harness(lambda packet: 0).packet(FRAME, bytes(17))
    assert harness(lambda packet: 0).packet(b"").data == b""


def test_a_test_keeps_its_terminal_signals_and_environment():
    before = (os.getpgrp(), signal.getsignal(signal.SIGINT), dict(os.environ), len(os.listdir("/proc/self/fd")))
    subject = harness(lambda packet: 0)
    subject.packet(FRAME)
    del subject
    assert (os.getpgrp(), signal.getsignal(signal.SIGINT), dict(os.environ), len(os.listdir("/proc/self/fd"))) == before


def test_a_file_that_runs_nothing(tmp_path):
    (tmp_path / "main.py").write_text("import coven\n")
    with pytest.raises(ValueError, match="gives no function"):
        harness(tmp_path / "main.py")


def test_only_a_process_that_asked_for_it_does_not_run():
    done = subprocess.run([sys.executable, "-c", "import coven\ncoven.run(len)"], env=environment(), capture_output=True, text=True, cwd="/")
    assert done.returncode == 1 and "COVEN_SLOT is not set" in done.stderr


# ---- captures ----


def pcap(order, magic, unit):
    packets = [(1, 2, b"first!"), (3, 4, b"second")]
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    return head + b"".join(struct.pack(order + "4I", s, f, len(d), len(d)) + d for s, f, d in packets), [s * 10**9 + f * unit for s, f, _ in packets]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("magic, unit", [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_pcap(tmp_path, order, magic, unit):
    content, times = pcap(order, magic, unit)
    (tmp_path / "a.pcap").write_bytes(content)
    assert list(read_capture(tmp_path / "a.pcap")) == [Frame(b"first!", times[0]), Frame(b"second", times[1])]
    seen = []
    harness(lambda packet: seen.append((packet.bytes(), packet.time_ns)) or 0).capture(tmp_path / "a.pcap")
    assert seen == [(b"first!", times[0]), (b"second", times[1])]


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("option, per_second", [(b"", 10**6), (b"\x09", 10**9), (b"\x8a", 1024)])
def test_pcapng(tmp_path, order, option, per_second):
    options = struct.pack(order + "HH", 9, 1) + option + bytes(3) if option else b""
    stamp = 5 * per_second
    content = block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(order, 1, struct.pack(order + "HHI", 1, 0, 0) + options)
    content += block(order, 6, struct.pack(order + "5I", 0, stamp >> 32, stamp & 0xFFFFFFFF, 5, 5) + b"hello") + block(order, 5, bytes(12))
    content += block(order, 3, struct.pack(order + "I", 3) + b"abc")
    (tmp_path / "a.pcapng").write_bytes(content)
    assert list(read_capture(tmp_path / "a.pcapng")) == [Frame(b"hello", 5 * 10**9), Frame(b"abc", 0)]


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: c[:30], lambda c: b"no capture", lambda c: b"", lambda c: c[:20] + b"\x65" + c[21:]])
def test_what_is_no_capture(tmp_path, change):
    (tmp_path / "a.pcap").write_bytes(change(pcap("<", 0xA1B2C3D4, 1000)[0]))
    with pytest.raises(ValueError, match="a.pcap"):
        list(read_capture(tmp_path / "a.pcap"))
