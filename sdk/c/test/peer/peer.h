/* A stand-in data plane for the tests of every SDK: it makes a channel, starts one component, sends packets with known bytes,
 * and accounts for every frame. It shares nothing with the library but the layout, so that each checks the other. */
#ifndef COVEN_TEST_PEER_H
#define COVEN_TEST_PEER_H
#include <coven/layout.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define OUTPUTS_MAX 16u
#define LANES_MAX 8u
#define REQUESTS_MAX 32u
#define COMPONENT_SLOT 3u /* not 1, so that a slot number that is taken for granted shows */
#define SLOTS 4u
#define EDGES_MAX COVEN_LIMITS_EDGES_MAX
#define REASONS 64u

typedef struct options {
    uint64_t packets, mark, seed, rounds;
    unsigned size_min, size_max, outputs, lanes, limit, frames, spin_ns;
    bool creates, hostile, kill, block, modifies, bench;
    const char *output[OUTPUTS_MAX];
    const char *before[REQUESTS_MAX], *after[REQUESTS_MAX];
    unsigned before_count, after_count;
    char **command;
} options;

/* `cursor` is the data plane's own end; the other end is the component's. */
typedef struct edge {
    uint16_t id, output;
    uint8_t role, flags, lane, cap_log2;
    uint32_t limit, cursor;
    uint64_t at;
    uint64_t last; /* number of the packet that came over it last, plus 1 */
} edge;

typedef enum place { HOME, OUT, LENT } place;
typedef struct frame {
    uint8_t place, generation, lane;
    uint32_t length;
    uint64_t number;
} frame;

typedef struct result {
    uint64_t sent, created, returned[OUTPUTS_MAX], dropped[REASONS];
    uint64_t context_changed, corrupted, out_of_order, wrong_lane, bad_frame;
    uint64_t nanoseconds;
    char *agent[2 * REQUESTS_MAX];
    unsigned agent_count;
    int exit_status; /* of waitpid */
    bool exited, timed_out;
} result;

typedef struct peer {
    options options;
    int memfd, bell[SLOTS];
    char folder[256], agent_path[300];
    uint8_t *segment;
    uint64_t size, off_slots, off_meta, off_own, off_pool, off_rings, rings_len;
    uint32_t frame_count, frame_size;
    edge edges[EDGES_MAX];
    unsigned edge_count, home_count;
    frame *frames;
    uint32_t *home;
    pid_t child;
    result result;
} peer;

/* segment.c */
void make_channel(peer *p);
void free_channel(peer *p);
_Atomic uint32_t *at32(peer *p, uint64_t offset);
_Atomic uint64_t *at64(peer *p, uint64_t offset);
_Atomic uint32_t *slot32(peer *p, unsigned slot, uint32_t offset);
void ring_bell(peer *p, unsigned slot);
void always_ring(peer *p, unsigned slot);
/* rings.c */
void send_some(peer *p);
unsigned receive_some(peer *p);
void lend_frames(peer *p);
void take_back_lent(peer *p);
unsigned reclaim(peer *p);
void account_to(peer *p, uint32_t index);
/* content.c */
void fill_packet(peer *p, uint32_t index, uint64_t number, uint8_t lane);
void check_packet(peer *p, uint32_t index, uint32_t offset, uint32_t length);
/* child.c */
void set_environment(peer *p);
void start_child(peer *p);
bool wait_state(peer *p, uint32_t state, unsigned timeout_ms);
bool child_gone(peer *p);
void stop_child(peer *p);
void kill_child(peer *p);
void ask_agent(peer *p, const char *request);
uint64_t now_ns(void);
void die(const char *what);
/* traffic.c, hostile.c, kill.c, report.c */
int run_traffic(peer *p);
void idle(peer *p, int timeout_ms);
int run_hostile(peer *p);
int run_kill(peer *p);
int report(peer *p);
#endif
