// Writes the context of a packet that has none, else checks it: byte i is payload byte i + i, byte 15 is 1.
#include <array>
#include <algorithm>
#include <coven/nf.hpp>

static coven::counter written{"written", "packets", "contexts written"};
static coven::counter matched{"matched", "packets", "contexts as the other component wrote them"};
static coven::counter mismatched{"mismatched", "packets", "contexts that are not"};

static std::array<std::uint8_t, 16> expected(const coven::packet &packet) {
    std::array<std::uint8_t, 16> bytes{};
    for (unsigned i = 0; i < 15; i++) bytes[i] = static_cast<std::uint8_t>(packet.data()[14 + i] + i);
    bytes[15] = 1;
    return bytes;
}

int main() {
    return coven::run([](coven::packet &packet) {
        auto wanted = expected(packet);
        if (packet.context()[15] == 0) {
            std::copy(wanted.begin(), wanted.end(), packet.context().begin());
            written.add(1);
        } else {
            (std::equal(wanted.begin(), wanted.end(), packet.context().begin()) ? matched : mismatched).add(1);
        }
        return coven::forward;
    });
}
