def seal(packet):
    return packet.u32(18) + 1
