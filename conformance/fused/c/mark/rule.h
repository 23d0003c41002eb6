static uint64_t seal(const coven_packet *packet) {
    uint32_t number = 0;
    coven_u32(packet, 18, &number);
    return number + 1u;
}
