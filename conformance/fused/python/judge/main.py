from coven import Verdict, command, counter, run, setting

seen = counter("seen", "packets", "packets that came")
matched = counter("matched", "packets", "packets with the seal that they should have")
level = setting("level", 1, "", "a setting")
command("echo", "gives back its argument", lambda argument: argument)
verdicts = {1: Verdict.DROP, 2: Verdict.to("side")}


@run
def judge(packet):
    from rule import fits  # late, and its own all the same

    seen.add(1)
    matched.add(fits(packet))
    if packet[14] == 3:
        raise ValueError("a packet that judge fails on")
    return verdicts.get(packet[14], Verdict.FORWARD)


print("judge has left")
