/** @file
 * What the run loops of the C, Python and Node SDKs are made of. Authors want nf.h.
 *
 * One channel a process. Every call is for the one thread that runs the author's code.
 */
#ifndef COVEN_CORE_H
#define COVEN_CORE_H
#include "nf.h"
#ifdef __cplusplus
extern "C" {
#endif

/** Attach by the environment (spec/channel.md, section 1): map, check, read the edge table, open bells, listen as agent, say `attached`.
 * 0, or -1 with one line in `error`. */
int coven_attach(char *error, size_t error_size);
/** Say `running`. */
void coven_ready(void);

/** Orders and agent: bumps the heartbeat, applies a new epoch, serves waiting agent requests (at most once a millisecond when busy).
 * False when the component has to stop. */
bool coven_pass(void);

/** Take up to `max` (at most 64) packets from the open inputs, in turn. Returns how many. */
unsigned coven_take(coven_packet *packets, unsigned max);
/** Hand them on by their verdicts; what is dropped goes to the return ring. Blocks only on edges that say so. */
void coven_finish(coven_packet *packets, unsigned count);
/** Count `count` errors of the author's code, and drop these packets with reason component_error. */
void coven_fail(coven_packet *packets, unsigned count);

/** Before coven_fail, for the packet that the author's code failed on: it is kept in COVEN_FAILURES, and told with `what` (one line: error, file:line)
 * unless something was within the last second. True if it was told: then a stack may follow. */
bool coven_report_failure(const coven_packet *packet, const char *what);

/** Nothing to take: spin, yield, park (spec/channel.md, section 3). Returns when there may be packets, an agent request, an order,
 * `extra_fd` (or -1) is readable, or `timeout_ms` (or -1) is over. 1: look for packets; 0: only extra_fd or the time-out. */
int coven_wait(int extra_fd, int timeout_ms);
/** For loops that look at more than the channel: nothing was there to take for `idle_ns` now. True while the plan wants it looked for again, before any sleep. */
bool coven_spins(uint64_t idle_ns);
/** A descriptor that is readable when coven_pass or coven_take should be called; for outer event loops.
 * Call coven_arm() before sleeping on it and coven_disarm() after. coven_arm() returns false if there is work already. */
int coven_event_fd(void);
bool coven_arm(void);
void coven_disarm(void);

/** Flush, return what is held, say `leaving`, close. */
void coven_detach(void);

/** The mapping, for bindings that reach packets by their offset in it: its first byte and size. NULL unless attached. */
uint8_t *coven_segment(size_t *size);
/** True if coven_pass was false because the channel was found broken (state `failed`): the process ends with a status other than 0. */
bool coven_failed(void);

/** Names of the outputs, for bindings. */
unsigned coven_output_count(void);
const char *coven_output_name(unsigned index);
const char *coven_component_name(void);

/** Agent registry, for bindings: kinds with values that live in the binding. `get` writes JSON, `set` takes JSON text and returns 0 or -1 with a text. */
typedef struct coven_foreign {
    const char *name, *kind, *type, *unit, *help;
    int (*get)(void *state, char *json, size_t size);
    int (*set)(void *state, const char *json, char *reply, size_t size);
    int (*call)(void *state, const char *argument, char *reply, size_t size);
    void *state;
    struct coven_foreign *next;
} coven_foreign;
void coven_publish_foreign(coven_foreign *item);
void coven_withdraw_foreign(coven_foreign *item); /**< it is shown no longer */

#ifdef __cplusplus
}
#endif
#endif
