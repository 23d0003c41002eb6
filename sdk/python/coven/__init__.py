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
from coven import nsh
from coven._core import (
    Burst,
    Context,
    Counter,
    Ethernet,
    Flow,
    FlowTable,
    Histogram,
    Icmp,
    Ipv4,
    Ipv6,
    Nsh,
    Packet,
    Tcp,
    Udp,
    Vlan,
    arm,
    detach,
    disarm,
    event_fd,
    packet_new,
)
from coven._flows import flow_table
from coven._items import Gauge, Setting, command, counter, gauge, histogram, setting
from coven._run import attach, run, run_burst, step, step_burst
from coven._verdict import Verdict

__all__ = [
    "Burst",
    "Context",
    "Counter",
    "Ethernet",
    "Flow",
    "FlowTable",
    "Gauge",
    "Histogram",
    "Icmp",
    "Ipv4",
    "Ipv6",
    "Nsh",
    "Packet",
    "Setting",
    "Tcp",
    "Udp",
    "Verdict",
    "Vlan",
    "arm",
    "attach",
    "command",
    "counter",
    "detach",
    "disarm",
    "event_fd",
    "flow_table",
    "gauge",
    "histogram",
    "nsh",
    "packet_new",
    "run",
    "run_burst",
    "setting",
    "step",
    "step_burst",
]
