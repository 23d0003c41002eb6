/* By what a packet is known again that went into the program and comes out: what routers, bridges and NATs leave as it is. */
#include "netdev.h"
#include <string.h>

#define ETHERNET 14u
#define BODY 32u /* of the payload: so much of its beginning, and as much of its end */

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 29;
}

static uint64_t mix_bytes(uint64_t hash, const uint8_t *data, uint32_t length) {
    uint64_t word = 0;
    for (; length >= 8; data += 8, length -= 8) {
        memcpy(&word, data, 8);
        hash = mix(hash, word);
    }
    word = length;
    if (length) memcpy(&word, data, length);
    return mix(hash, word ^ (uint64_t)length << 56);
}

static uint64_t mix_body(uint64_t hash, const uint8_t *data, uint32_t length) {
    hash = mix(hash, length);
    if (length <= 2 * BODY) return mix_bytes(hash, data, length);
    return mix_bytes(mix_bytes(hash, data, BODY), data + length - BODY, BODY);
}

static uint16_t get16(const uint8_t *data) { return (uint16_t)(data[0] << 8 | data[1]); }

/* TCP without ports and checksum; UDP without ports and checksum; of all others everything. */
static packet_key transport(packet_key key, uint8_t protocol, const uint8_t *data, uint32_t length) {
    bool tcp = protocol == 6 && length >= 20, udp = protocol == 17 && length >= 8;
    uint32_t body = tcp ? 20 : udp ? 8 : 0;
    if (body) key.exact = mix_bytes(key.exact, data, 4);
    if (tcp) {
        key.loose = mix_bytes(key.loose, data + 4, 12);
        key.exact = mix_bytes(key.exact, data + 4, 12);
    }
    uint64_t rest = mix_body(protocol, data + body, length - body);
    return (packet_key){mix(key.exact, rest), mix(key.loose, rest)};
}

static packet_key ipv4(packet_key key, const uint8_t *data, uint32_t length) {
    uint32_t header = (data[0] & 15u) * 4, total = get16(data + 2);
    if (header < 20 || total < header || total > length) total = length, header = header < 20 || header > length ? 20 : header;
    uint64_t kept = (uint64_t)total << 32 | (uint64_t)get16(data + 4) << 16 | get16(data + 6); /* length, identification, fragment */
    key.loose = mix(key.loose, kept);
    key.exact = mix_bytes(mix(key.exact, kept), data + 12, 8);
    bool first = !(get16(data + 6) & 0x1FFF);
    return transport(key, first ? data[9] : 0, data + header, total - header);
}

static packet_key ipv6(packet_key key, const uint8_t *data, uint32_t length) {
    uint32_t total = 40u + get16(data + 4);
    if (total > length) total = length;
    key.exact = mix_bytes(key.exact, data + 8, 32);
    return transport(key, data[6], data + 40, total - 40);
}

packet_key key_of(const uint8_t *data, uint32_t length) {
    if (length < ETHERNET) return (packet_key){length, length};
    uint16_t type = get16(data + 12);
    uint32_t at = ETHERNET;
    packet_key key = {type, type};
    if (type == 0x0800 && length >= at + 20) return ipv4(key, data + at, length - at);
    if (type == 0x86DD && length >= at + 40) return ipv6(key, data + at, length - at);
    uint64_t whole = mix_body(type, data + at, length - at);
    return (packet_key){whole, whole};
}
