#include <coven/context.h>
#include <coven/nf.hpp>

static coven::counter seen{"seen", "packets", "packets that came"};

namespace rule { // of one name, but another thing, in the next one
inline int calls() { static int count = 0; return ++count; }
} // namespace rule

int main() {
    const auto seal = coven::context_field("seal");
    const auto away = coven::to("away"), shortly = coven::to("short");
    return coven::run([&](coven::packet &packet) {
        seen.add(1);
        packet.context()[seal] = packet.u32(18) + 1u;
        if (rule::calls() != static_cast<int>(seen.value())) return coven::drop;
        const int deed = packet.u8(14);
        return deed == 4 ? away : deed == 5 ? shortly : coven::forward;
    });
}
