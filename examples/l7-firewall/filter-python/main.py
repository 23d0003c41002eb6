"""Drops what the analyzer has marked in context byte 0."""
from coven import Packet, Verdict, counter, run

passed = counter("passed", "packets", "unmarked packets forwarded")
dropped = counter("dropped", "packets", "marked packets discarded")


@run
def filter(packet: Packet) -> Verdict:
    if packet.context[0] == 0:
        passed.add(1)
        return Verdict.FORWARD
    dropped.add(1)
    return Verdict.DROP
