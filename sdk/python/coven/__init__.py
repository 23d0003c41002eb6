"""COVEN: a network function in Python is one function over packets.

    from coven import run, counter, Verdict
    dropped = counter("dropped", "packets", "marked packets discarded")

    @run
    def filter(packet):
        if packet.context[0] == 0: return Verdict.FORWARD
        dropped.add(1)
        return Verdict.DROP

One thread: the function and the agent's operations never run at the same time. A packet, and every view of its bytes, is
valid until the function returns; used later it raises ValueError.
"""
from coven._core import Burst, Counter, Packet, arm, attach, detach, disarm, event_fd, packet_new
from coven._items import Gauge, Setting, command, counter, gauge, setting
from coven._run import run, run_burst, step, step_burst
from coven._verdict import Verdict

__all__ = [
    "Burst",
    "Counter",
    "Gauge",
    "Packet",
    "Setting",
    "Verdict",
    "arm",
    "attach",
    "command",
    "counter",
    "detach",
    "disarm",
    "event_fd",
    "gauge",
    "packet_new",
    "run",
    "run_burst",
    "setting",
    "step",
    "step_burst",
]
