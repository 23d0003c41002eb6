def fits(packet):
    return packet.context.seal == packet.u32(18) + 1
