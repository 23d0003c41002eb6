#include "../filter/rule.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

/* An Ethernet frame with IPv4 and the first bytes of TCP or UDP. */
static const uint8_t *frame(uint8_t protocol, unsigned port) {
    static uint8_t bytes[60];
    memset(bytes, 0, sizeof bytes);
    bytes[12] = 0x08;
    bytes[14] = 0x45;
    bytes[23] = protocol;
    bytes[36] = (uint8_t)(port >> 8);
    bytes[37] = (uint8_t)port;
    return bytes;
}

int main(void) {
    const uint8_t nothing[60] = {0};
    assert(destination_port(frame(RULE_TCP, 8080), 60) == 8080);
    assert(destination_port(frame(RULE_UDP, 53), 60) == 53);
    assert(destination_port(frame(1, 8080), 60) == 0);
    assert(destination_port(nothing, sizeof nothing) == 0);
    assert(destination_port(frame(RULE_TCP, 8080), 35) == 0);
    puts("5 passed");
    return 0;
}
