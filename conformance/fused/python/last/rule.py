def is_for_two(packet):
    return packet[14] == 6
