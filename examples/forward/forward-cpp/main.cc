// Passes every packet on.
#include <coven/nf.hpp>

int main() {
    return coven::run([](coven::packet &) { return coven::forward; });
}
