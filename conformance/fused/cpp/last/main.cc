#include <coven/nf.hpp>

static coven::counter seen{"seen", "packets", "packets that came"};

int main() {
    return coven::run_burst([](coven::burst burst) {
        seen.add(burst.size());
        for (unsigned i = 0; i < burst.size(); i++) {
            if (burst[i].u8(14) != 6) continue;
            if (auto copy = coven::own_packet::copy(burst[i])) {
                copy->view().put_u8(15, 1);
                std::move(*copy).send(coven::forward);
            }
        }
    });
}
