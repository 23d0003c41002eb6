from coven import Verdict, command, counter, run, setting

seen = counter("seen", "packets", "packets that came")
mark = setting("mark", 7, "", "what is added to the context")
command("echo", "gives back its argument", lambda argument: argument)
verdicts = (Verdict.FORWARD, Verdict.DROP, Verdict.to("side"))


@run
def decide(packet):
    seen.add(1)
    packet.context[1] = (packet.context[0] + mark.value) & 255
    deed = packet[14] & 3
    return verdicts[deed] if deed < 3 else Verdict.to("nowhere")  # raises
