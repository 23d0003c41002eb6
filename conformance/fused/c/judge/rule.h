static bool fits(const coven_packet *packet, coven_field field) {
    uint32_t number = 0;
    coven_u32(packet, 18, &number);
    return coven_field_get(packet, field) == number + 1u;
}
