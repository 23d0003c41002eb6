/* Who of the inside has which port of the public address: a table of stated size for each protocol. */
#ifndef MAPPINGS_H
#define MAPPINGS_H
#include <coven/nf.h>

enum kind { KIND_TCP, KIND_UDP, KIND_ICMP, KINDS };

/* One end inside: address and port, or the identifier of an ICMP query. */
typedef struct end { uint32_t address; uint16_t port; } end;

typedef struct mapping {
    end inside;
    uint32_t next;       /* of those with the same hash: 1 + place, or 0 */
    uint64_t used_ns;
    bool in_use;
    bool answered, closing; /* TCP: the other side has answered; FIN or RST was seen */
} mapping;

/* The ports to give away; forgets every mapping. */
void mappings_reset(uint16_t first, uint32_t count);

/* The mapping of an end inside, made if it has none; NULL: every port that was looked at is in use. The same end keeps its port whoever it
 * talks to (RFC 4787 REQ-1). `port` is the public one. */
mapping *mapping_out(enum kind kind, end inside, uint64_t now_ns, uint16_t *port);

/* The mapping of a public port, NULL if nobody has it (any more). */
mapping *mapping_in(enum kind kind, uint16_t port, uint64_t now_ns);

/* The same two, for what an error message quotes: nothing is made, and it is no use. */
mapping *mapping_of(enum kind kind, end inside, uint64_t now_ns, uint16_t *port);

uint32_t mappings_in_use(void);

#endif
