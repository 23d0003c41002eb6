"""How often errors are printed."""
from types import SimpleNamespace

import pytest
from coven import _errors
from coven._errors import KINDS_MAX, Errors


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(_errors.time, "monotonic", lambda: clock.now)
    return clock


def report(errors, kind, message):
    try:
        raise kind(message)
    except kind as error:
        errors.report(error)


def test_the_first_of_a_kind_then_one_a_second(clock, capsys):
    errors = Errors()
    for number in range(5):
        report(errors, ValueError, f"value {number}")
    report(errors, KeyError, "other kind")
    printed = capsys.readouterr().err
    assert "value 0" in printed and "other kind" in printed
    assert "value 1" not in printed
    clock.now += 1.0
    report(errors, ValueError, "a second later")
    printed = capsys.readouterr().err
    assert "a second later" in printed


def test_what_was_left_out_is_counted(clock, capsys):
    errors = Errors()
    for _ in range(4):
        report(errors, ValueError, "again")
    clock.now += 1.0
    report(errors, ValueError, "again")
    assert "(3 more errors were not printed)" in capsys.readouterr().err


def test_endless_kinds_do_not_flood(clock, capsys):
    errors = Errors()
    for number in range(KINDS_MAX + 50):
        report(errors, type(f"Kind{number}", (Exception,), {}), "new")
    assert capsys.readouterr().err.count("Traceback") == KINDS_MAX
