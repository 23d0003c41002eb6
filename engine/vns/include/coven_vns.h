/* coven_vns.h: a VNS backend from outside of COVEN's source (docs/vns-backends.md). A shared object exports coven_vns_backend();
 * a port is opened with it by {backend: "plugin", file: "NAME.so", arguments: "..."}.
 *
 * The engine calls from one thread at a time. No function may block; none but open and close may allocate or make a system call
 * for each packet. A plugin is trusted code: it runs inside of the engine, and what it breaks, breaks the VNF. */
#ifndef COVEN_VNS_H
#define COVEN_VNS_H
#include <stddef.h>
#include <stdint.h>

#define COVEN_VNS_ABI 1
#define COVEN_NO_FRAME UINT32_MAX
#define COVEN_NEVER UINT64_MAX

/* The frames: `count` of `size` bytes each, one behind the other. Components may write to them at any time. */
struct coven_pool {
    uint8_t *base;
    uint32_t count, size;
};

/* A packet in a frame. */
struct coven_packet {
    uint32_t frame;
    uint16_t offset, length;
};

enum { COVEN_WHOLE = 0, COVEN_TOO_LARGE = 1, COVEN_TRUNCATED = 2 };

struct coven_received {
    struct coven_packet packet;
    uint32_t fault;   /* COVEN_...: why the packet can't be taken whole; its length is 0 then */
    uint64_t time_ns; /* arrival, CLOCK_REALTIME */
};

/* Frames that nobody holds, for the time of one receive. take: COVEN_NO_FRAME if there is none. */
struct coven_stock {
    uint32_t (*take)(struct coven_stock *);
    void (*give)(struct coven_stock *, uint32_t frame);
};

struct coven_backend {
    uint32_t abi; /* COVEN_VNS_ABI */

    /* A port, or NULL and why in `error` (a sentence; `room` bytes with its 0). `arguments` is never NULL. The pool outlives the port. */
    void *(*open)(const char *arguments, const struct coven_pool *pool, char *error, size_t room);
    /* Every frame that the port had is free afterwards. */
    void (*close)(void *port);

    /* Receive at most `max` packets, in the order of their arrival, each into a frame of the stock, from byte `data_offset` on
     * unless hardware chose. What is larger than a frame has room for is COVEN_TOO_LARGE. Returns how many. */
    size_t (*receive)(void *port, struct coven_stock *stock, uint16_t data_offset, size_t max, struct coven_received *into);
    /* Transmit in order; returns how many were taken: fewer if the port is full or down. A frame that was taken comes back by completed. */
    size_t (*transmit)(void *port, const struct coven_packet *packets, size_t count);
    /* At most `max` frames whose transmission is over; those of a port that copies at once. */
    size_t (*completed)(void *port, uint32_t *into, size_t max);

    /* What to sleep on for packets, or -1; readable while there is something. */
    int (*descriptor)(void *port);
    /* When to ask for packets, or for completed frames, without the descriptor saying so: CLOCK_MONOTONIC in
     * nanoseconds, 0 for at once, or COVEN_NEVER. */
    uint64_t (*due_ns)(void *port);
    /* Frames of the stock that it keeps between calls; 0 for a port that copies. */
    size_t (*holds)(void *port);
    /* Packets lost on its side since it was opened: that could not be handed over, that could not be sent. */
    void (*missed)(void *port, uint64_t *rx, uint64_t *tx);
    /* NULL: it is up. Else a sentence why not, good until the next call. */
    const char *(*down)(void *port);
    /* The largest packet, with its Ethernet header, that it transmits. */
    size_t (*largest)(void *port);
};

const struct coven_backend *coven_vns_backend(void);
#endif
