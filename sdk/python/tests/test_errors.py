"""When a component misbehaves: what is told, and the packets that are kept."""
import pytest
from conftest import assert_balanced
from coven.testing import read_capture

FAILS = """
from coven import {run}, Verdict
@{run}
def fail(packet):
    {body}
"""


@pytest.fixture
def failures(tmp_path, monkeypatch):
    folder = tmp_path / "failures"
    folder.mkdir()
    monkeypatch.setenv("COVEN_FAILURES", str(folder))
    return folder / "tested.pcap"


def test_the_line_names_component_error_and_place_and_the_packet_is_kept(component, failures, tmp_path):
    body = "raise LookupError('marked\\nbadly') if packet.context[0] else ValueError('every packet')"
    outcome = component(FAILS.format(run="run", body=body), "--packets", 50, "--sizes", "60-600")
    assert_balanced(outcome)
    assert outcome.figures["dropped"] == {"component_error": 50}
    line = outcome.stderr.splitlines()[0]
    assert line == f"tested: ValueError: every packet ({tmp_path}/component.py:5); the packet is dropped, and kept as number 1 of {failures}"
    assert "Traceback" in outcome.stderr and outcome.stderr.count("Traceback") <= 2
    frames = list(read_capture(failures))
    assert len(frames) == 50 and all(60 <= len(frame.data) <= 600 for frame in frames)


def test_at_most_64_packets_are_kept_and_a_flood_is_told_once_a_second(component, failures):
    outcome = component(FAILS.format(run="run", body="1 / 0"), "--packets", 5000)
    assert outcome.figures["counters"]["errors"] == 5000
    assert len(list(read_capture(failures))) == 64
    assert outcome.stderr.count("Traceback") < 30


def test_without_a_folder_nothing_is_kept(component, monkeypatch):
    monkeypatch.delenv("COVEN_FAILURES", raising=False)
    outcome = component(FAILS.format(run="run", body="1 / 0"), "--packets", 5)
    assert "ZeroDivisionError: division by zero" in outcome.stderr and "kept" not in outcome.stderr.splitlines()[0]


def test_a_burst_keeps_the_packet_that_was_asked_for_last(component, failures):
    body = "packet[len(packet) - 1][5]; raise ValueError('the last one')"
    outcome = component(FAILS.format(run="run_burst", body=body), "--packets", 100, "--sizes", "60-600")
    assert outcome.figures["dropped"] == {"component_error": 100}
    assert len(list(read_capture(failures))) == outcome.figures["counters"]["bursts"]


def test_a_verdict_that_is_none_names_value_outputs_and_function(component, failures, tmp_path):
    outcome = component(FAILS.format(run="run", body="return 'out'"), "--packets", 3, "--outputs", "out,aside")
    assert_balanced(outcome)
    assert outcome.figures["dropped"] == {"component_error": 3}
    wanted = f"TypeError: a verdict is Verdict.FORWARD, Verdict.DROP or Verdict.to(name), not 'out'; the outputs are out, aside ({tmp_path}/component.py:3)"
    assert wanted in outcome.stderr
    outcome = component(FAILS.format(run="run", body="return 2"), "--packets", 3, "--outputs", "out,aside")
    assert "not 2; the outputs are out, aside" in outcome.stderr


def test_what_is_used_too_late_is_told(component, failures):
    source = """
    import coven
    kept = []
    @coven.run
    def late(packet):
        kept.append(packet)
        return coven.Verdict(kept[0].u8(0) and 0)
    """
    outcome = component(source, "--packets", 10)
    assert outcome.figures["dropped"] == {"component_error": 9}
    assert "ValueError: this packet is gone" in outcome.stderr
