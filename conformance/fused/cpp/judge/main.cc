#include <array>
#include <coven/nf.hpp>
#include <stdexcept>

static coven::counter seen{"seen", "packets", "packets that came"};
static coven::counter matched{"matched", "packets", "packets with the seal that they should have"};
static coven::setting level{"level", 1, "", "a setting"};
static coven::command echo{"echo", [](std::string_view argument) { return "\"" + std::string(argument) + "\""; }, "gives back its argument"};

namespace rule { // of one name, but another thing, in the one before
inline int calls() { static int count = 1000; return ++count; }
} // namespace rule

int main() {
    const auto seal = coven::context_field("seal");
    const std::array verdicts{coven::forward, coven::drop, coven::to("side")};
    return coven::run([&](coven::packet &packet) {
        seen.add(1);
        matched.add(packet.context()[seal] == packet.u32(18) + 1u && rule::calls() > 1000);
        const auto deed = packet.u8(14);
        if (deed == 3) throw std::runtime_error("a packet that judge fails on");
        return deed < 3 ? verdicts[deed] : coven::forward;
    });
}
