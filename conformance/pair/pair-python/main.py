"""Writes the context of a packet that has none, else checks it: byte i is payload byte i + i, byte 15 is 1."""
from coven import Verdict, counter, run

written = counter("written", "packets", "contexts written")
matched = counter("matched", "packets", "contexts as the other component wrote them")
mismatched = counter("mismatched", "packets", "contexts that are not")


def expected(packet):
    return bytes((packet[14 + i] + i) & 255 for i in range(15)) + b"\x01"


@run
def pair(packet):
    if packet.context[15] == 0:
        packet.context[0:16] = expected(packet)
        written.add(1)
    elif bytes(packet.context) == expected(packet):
        matched.add(1)
    else:
        mismatched.add(1)
    return Verdict.FORWARD
