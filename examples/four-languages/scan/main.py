"""Marks what a port scanner sends: a source that asks for more than so many TCP and UDP ports within ten seconds."""
from collections import OrderedDict

from coven import Packet, Verdict, counter, run, setting

SOURCES_MAX, WINDOW_NS = 4096, 10_000_000_000

ports = setting("ports", 20, "ports", "ports that a source may ask for in ten seconds")
marked = counter("marked", "packets", "packets of scanners")
sources: "OrderedDict[int, tuple[int, set[int]]]" = OrderedDict()


def is_scanner(source: int, port: int, now: int) -> bool:
    since, asked = sources.pop(source, (now, set()))
    if now - since >= WINDOW_NS:
        since, asked = now, set()
    if len(asked) <= ports.value:
        asked.add(port)
    sources[source] = since, asked
    if len(sources) > SOURCES_MAX:
        sources.popitem(last=False)
    return len(asked) > ports.value


@run
def scan(packet: Packet) -> Verdict:
    ip, transport = packet.ipv4, packet.tcp or packet.udp
    if ip and transport and is_scanner(ip.source, transport.destination_port, packet.time_ns):
        packet.context[0] = 1
        marked.add(1)
    return Verdict.FORWARD
