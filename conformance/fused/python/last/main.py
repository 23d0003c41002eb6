from coven import counter, run_burst
from rule import is_for_two

seen = counter("seen", "packets", "packets that came")


@run_burst
def last(burst):
    seen.add(len(burst))
    for packet in burst:
        if is_for_two(packet):
            copy = packet.clone()
            copy[15] = 1
            copy.send()


print("last has left")
