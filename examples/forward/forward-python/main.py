"""Forwards every packet."""
from coven import Packet, Verdict, run


@run
def forward(packet: Packet) -> Verdict:
    return Verdict.FORWARD
