"""Keeps packets away from one port."""
from coven import Packet, Verdict, counter, flow_table, run, setting

port = setting("port", 8080, "", "packets to this port are kept away")
dropped = counter("dropped", "packets", "packets to the port, but for the first of each flow")
knocks = flow_table("knocks", 4096, 60)  # flows to the port; one is forgotten after 60 s without a packet
watch = Verdict.to("watch")


@run
def filter(packet: Packet) -> Verdict:
    transport = packet.tcp or packet.udp
    if transport is None:
        return Verdict.FORWARD
    packet.context.service = transport.destination_port
    if transport.destination_port != port.value:
        return Verdict.FORWARD
    if knocks.get(packet) is None:
        knocks.put(packet, True)
        return watch
    dropped.add(1)
    return Verdict.DROP
