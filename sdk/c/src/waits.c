/* Whether to spin before sleeping: with the profile `balanced` only where it lately paid (spec/channel.md section 3). */
#include "channel.h"

static uint64_t most(const cvn_waits *waits) { return (uint64_t)COVEN_LIMITS_WAIT_CAP * waits->spin_ns; }

/* Nothing is known as yet: it begins with sleeping. */
void cvn_waits_begin(cvn_waits *waits, uint32_t profile, uint32_t spin_ns) {
    *waits = (cvn_waits){.profile = profile, .spin_ns = spin_ns};
    waits->mean = most(waits);
}

/* One that slept took about spin_ns longer than what was waited for. */
void cvn_waits_ended(cvn_waits *waits, uint64_t wait_ns, bool slept) {
    uint64_t seen = !slept ? wait_ns : wait_ns > waits->spin_ns ? wait_ns - waits->spin_ns : 0;
    if (seen > most(waits)) seen = most(waits);
    waits->mean = waits->mean - (waits->mean >> COVEN_LIMITS_WAIT_SHIFT) + (seen >> COVEN_LIMITS_WAIT_SHIFT);
}

/* For how long to spin now; 0: not at all. */
uint64_t cvn_waits_spin_ns(const cvn_waits *waits) {
    if (waits->profile == COVEN_PROFILE_POWER) return 0;
    return waits->profile != COVEN_PROFILE_BALANCED || waits->mean <= waits->spin_ns ? waits->spin_ns : 0;
}

/* Whether they are worth a look at the clock. */
bool cvn_waits_count(const cvn_waits *waits) { return waits->profile == COVEN_PROFILE_BALANCED && waits->spin_ns; }
