"""Drops packets to one port."""
from coven import Packet, Verdict, counter, run, setting

from rule import destination_port

port = setting("port", 8080, "", "packets to this port are dropped")
dropped = counter("dropped", "packets", "packets to the port")


@run
def filter(packet: Packet) -> Verdict:
    if destination_port(packet.bytes(0, 80)) != port.value:
        return Verdict.FORWARD
    dropped.add(1)
    return Verdict.DROP
