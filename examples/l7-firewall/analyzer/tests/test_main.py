"""The effect in main.py, with a stand-in for the SDK."""
import importlib
import sys
from types import ModuleType, SimpleNamespace

import pytest
from frames import CLIENT, SYN, tcp
from test_rules import HELLO

WEB = ("192.0.2.9", 443)


class Counter:
    value = 0

    def add(self, amount=1):
        self.value += amount


class Packet:
    def __init__(self, frame):
        self.frame, self.context = frame, bytearray(16)

    def bytes(self):
        return self.frame


def named_decorator(_name, _help):
    return lambda function: function


@pytest.fixture
def main(monkeypatch):
    coven = ModuleType("coven")
    coven.Packet, coven.Verdict = Packet, SimpleNamespace(FORWARD=0)
    coven.counter = coven.gauge = lambda *_arguments, **_more: Counter()
    coven.setting = lambda _name, initial, *_more: SimpleNamespace(value=initial)
    coven.command, coven.run = named_decorator, lambda function: function
    monkeypatch.setitem(sys.modules, "coven", coven)
    monkeypatch.delitem(sys.modules, "main", raising=False)
    yield importlib.import_module("main")
    sys.modules.pop("main", None)


def test_marks_context_byte_0_from_the_packet_that_told_it_and_drops_nothing(main):
    packets = [Packet(tcp(CLIENT, WEB, flags=SYN)), Packet(tcp(CLIENT, WEB, HELLO, 1)), Packet(tcp(WEB, CLIENT)), Packet(tcp(("10.0.0.7", 1), WEB))]
    assert [main.analyze(packet) for packet in packets] == [0, 0, 0, 0]
    assert [bytes(packet.context) for packet in packets] == [bytes(16), b"\1" + bytes(15), b"\1" + bytes(15), bytes(16)]
    assert (main.packets.value, main.marked.value) == (4, 2)


def test_commands(main):
    main.analyze(Packet(tcp(CLIENT, WEB, HELLO, 1)))
    assert [flow["rule"] for flow in main.flows("")] == ["S1"]
    assert main.reset("") == {"flows": 1}
    assert main.flows("") == []
