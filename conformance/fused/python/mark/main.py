import rule
from coven import Verdict, counter, run

seen = counter("seen", "packets", "packets that came")
verdicts = {4: Verdict.to("away"), 5: Verdict.to("short")}


@run
def mark(packet):
    seen.add(1)
    packet.context.seal = rule.seal(packet)
    return verdicts.get(packet[14], Verdict.FORWARD)


print("mark has left")
