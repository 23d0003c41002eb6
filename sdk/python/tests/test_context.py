"""The context by layout, and as 16 bytes."""
import pytest
from conftest import assert_balanced
from coven import Verdict
from coven.testing import harness
from vectors import vectors


def on(layout, context, look):
    def function(packet):
        look(packet.context)
        return Verdict.FORWARD

    result = harness(function, layout=layout).packet(bytes(60), context)
    assert result.error is None, result.error
    return result.context


def value(text):
    return int(text, 16) if text.startswith("0x") else bytes.fromhex(text)


@vectors("context", "after")
def test_fields(vector):
    def look(context):
        assert {name: getattr(context, name) for name in vector["read"]} == {name: value(text) for name, text in vector["read"].items()}
        for name, text in vector["set"]:
            setattr(context, name, value(text))
            assert getattr(context, name) == value(text)

    assert on(vector["layout"], bytes.fromhex(vector["context"]), look).hex() == vector["after"]


@vectors("context", "error")
def test_layouts_that_are_refused(vector):
    with pytest.raises(ValueError, match="context layout"):
        harness(lambda packet: 0, layout=vector["layout"])


@vectors("context", "misfit")
def test_values_that_do_not_fit(vector):
    def look(context):
        for name, text in vector["misfit"]:
            with pytest.raises(OverflowError, match=name):
                setattr(context, name, value(text))

    assert on(vector["layout"], bytes(range(16)), look) == bytes(range(16))


def test_a_field_that_is_not_there_names_those_that_are():
    def look(context):
        with pytest.raises(AttributeError, match="no field 'tennant', only tenant, rest"):
            context.tennant
        with pytest.raises(AttributeError, match="no field 'tennant', only tenant, rest"):
            context.tennant = 1
        for wrong in ("7", 1.5, None):
            with pytest.raises(TypeError):
                context.tenant = wrong
        with pytest.raises(OverflowError):
            context.tenant = -1
        with pytest.raises(TypeError):
            del context.tenant

    on("tenant:24,rest:104", b"", look)


def test_without_a_layout():
    def look(context):
        with pytest.raises(AttributeError, match="no layout"):
            context.tenant

    on("", b"", look)


def test_sixteen_bytes():
    def look(context):
        assert len(context) == 16 and list(context) == list(range(16)) and context[-1] == 15
        assert context[1:4] == b"\1\2\3" and bytes(context) == bytes(range(16)) and memoryview(context)[2:4] == b"\2\3"
        assert context == bytes(range(16)) and context != bytes(16) and context != 7
        context[0], context[14:] = 255, b"xy"
        for wrong in (lambda: context[16], lambda: context.__setitem__(16, 0)):
            with pytest.raises(IndexError):
                wrong()
        for wrong in (lambda: context.__setitem__(0, 256), lambda: context.__setitem__(slice(0, 2), b"x"), lambda: context[::2]):
            with pytest.raises(ValueError):
                wrong()

    assert on("", bytes(range(16)), look) == b"\xff" + bytes(range(1, 14)) + b"xy"


SOURCE = """
from coven import run, Verdict, counter
seen = counter("seen")
@run
def look(packet):
    seen.add(packet.context.mark)
    packet.context.mark = 0
    return Verdict.FORWARD
"""


def test_by_the_environment(component, monkeypatch):
    monkeypatch.setenv("COVEN_CONTEXT", "mark:8,reserved:120")
    outcome = component(SOURCE, "--packets", 1000, "--mark", 10, "--agent", "get seen")
    assert_balanced(outcome)
    assert outcome.answer()["value"] == 100


def test_an_environment_that_is_no_layout(component, monkeypatch):
    monkeypatch.setenv("COVEN_CONTEXT", "mark:8")
    outcome = component(SOURCE, "--packets", 1)
    assert outcome.figures["exit"] == 1
    assert 'a context layout of other than 128 bits: "mark:8"' in outcome.stderr
