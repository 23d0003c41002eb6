/* coven-netdev: a component that knows only network interfaces, unmodified, between two ends of the channel (docs/netdev.md).
 * The adapter is the component's process; the program runs below it, in a network namespace whose interfaces are
 * the other ends of the adapter's. */
#ifndef COVEN_NETDEV_H
#define COVEN_NETDEV_H
#include <coven/core.h>
#include <coven/layout.h>
#include <sys/types.h>
#include <sys/uio.h>

#define INTERFACES_MAX (1u + COVEN_LIMITS_OUTPUTS_MAX) /* `in`, and one for each output */
#define INTERFACE_IN 0u
#define INTERFACE_OUT 1u /* output n is interface n + 1 */
#define LANES 2u         /* 0: in by `in`, out by `out`; 1: the other way (control/itf/src/directions.ts) */
#define HELD_MAX 512u
#define BURST 32u
#define NS_PER_MS 1000000ull

typedef struct words { char **word; int count; } words;

/* space.c: network namespaces for the adapter and for the program, and a process namespace, in a user namespace where it takes one. False: a line is printed. */
enum { SPACE_ADAPTER, SPACE_PROGRAM };
bool space_enter(void);
/* Go to one of the two; a descriptor of the other, or -1 and a line. */
int space_other(int here);
/* Something in the program's namespace listens: how many sockets there are. */
unsigned space_sockets(pid_t pid);

/* cable.c: one end here, in the program's namespace, the other in the namespace `other`; and an interface up, with its MTU if that is not 0. */
bool cable_lay(const char *name, int mtu, int other);
bool cable_up(const char *name, int mtu);

/* interface.c */
typedef struct interface {
    char name[16];
    int fd;     /* readable when a packet may have come */
    int sender; /* netdev: packets go to the program by it */
    uint8_t *ring;
    uint32_t next, released; /* slots of the ring */
    uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes, refused; /* as the program sees them; refused: it was down */
} interface;
extern interface interfaces[INTERFACES_MAX];
extern unsigned interface_count;
bool interfaces_open(uint32_t frame_room);
/* Up to BURST packets to the program. A bit for each that its interface does not take. */
uint32_t interface_give(interface *to, const struct iovec *packets, unsigned count);
/* The next packet from the program, or NULL; it is there until interface_release. */
uint8_t *interface_take(interface *from, uint32_t *length);
/* The same where the program can't change it any more: `data`, or a copy. */
uint8_t *interface_settled(interface *from, uint8_t *data, uint32_t length);
/* All that were taken are done with. */
void interface_release(interface *from);
/* Before a sleep, and after it: `fd` becomes readable with the next packet, or does not have to. */
void interfaces_watch(bool watched);

/* program.c: the program, and what is run before it. */
bool program_start(words setup, words command);
int program_fd(void);     /* readable once it has ended */
bool program_is_set_up(void);
bool program_has_ended(void);
void program_stop(void);  /* SIGTERM, a second later SIGKILL; with all that it started */
int program_wait(void);   /* until it ends: its status, 128 and the signal's number if it was killed */
int program_end(void);    /* it has ended: says how, and ends this process the same way */
pid_t program_pid(void);  /* of the first process below it, as seen from here; 0 if none */

/* key.c: by what a packet is known again. */
typedef struct packet_key {
    uint64_t exact; /* all that it is, but Ethernet addresses, TTL and checksums */
    uint64_t loose; /* without IP addresses and ports, which routers and NATs rewrite */
} packet_key;
packet_key key_of(const uint8_t *data, uint32_t length);

/* nsh.c: the context before each packet as an NSH, where the component states a context. */
#define NSH_FRONT 38u /* outer Ethernet and an NSH of MD type 1 */
extern bool nsh_shown;
typedef struct nsh_tally { uint64_t version, length, md_type, next_protocol, truncated; } nsh_tally;
extern nsh_tally nsh_refused; /* what came from the program with a wrong NSH */
/* Into the NSH_FRONT bytes at `front`, for a packet and its frame's metadata. */
void nsh_write(uint8_t *front, const uint8_t *packet, const uint8_t *meta);
/* The packet behind its NSH if it has one, and the context that this carries, or NULL. False: it is wrong, and counted. */
bool nsh_take_off(uint8_t **data, uint32_t *length, const uint8_t **context);

/* holding.c: frames whose packets the program has. */
void holding_open(void);
unsigned holding_count(void);
/* Keep it. There has to be room: holding_count() < HELD_MAX. */
void holding_add(const coven_packet *packet, uint64_t now_ns);
/* The frame that is expected next on `lane`, if this is its packet, byte by byte; it is held no longer. */
bool holding_expect(const uint8_t *data, uint32_t length, unsigned lane, uint64_t now_ns, coven_packet *packet);
/* The frame of this packet on `lane`, the oldest if there are several; it is held no longer. */
bool holding_find(packet_key key, unsigned lane, uint64_t now_ns, coven_packet *packet);
/* The oldest frame if it is held since before `since_ns`; it is held no longer. */
bool holding_expire(uint64_t since_ns, coven_packet *packet);
uint64_t holding_oldest_ns(void);
/* Was it held once, and given up? Asked of each packet that is not recognized. */
bool holding_was_late(packet_key key);
/* How long a frame is held when room is short: several times what the program took lately. */
uint64_t holding_patience_ns(uint64_t most_ns);

/* rest.c */
void rest_over(void); /* there was something to move */
/* There was nothing: before the channel (if `channel`) or an interface is looked at again. At most `timeout_ms`, or -1. */
void rest(uint64_t now_ns, int timeout_ms, bool channel);
/* Sleep until an interface, the channel if it was armed, or the program's end wakes us. */
void rest_until(int timeout_ms, bool channel);

/* move.c */
typedef struct tally { uint64_t returned, rewritten, made, lost, late, unsent, copied; } tally;
extern tally moved;
/* Until the component has to stop, or the program has ended; true: to stop. */
bool move_packets(bool tap);

/* show.c: what the extended agent says. */
extern coven_item hold_ms;
void show_items(bool tap);

/* handlers.c: Click's handlers as items, through its ControlSocket at `path`. */
bool handlers_show(const char *path);

/* say.c */
uint64_t now_ns(void);
bool say(const char *format, ...); /* a line on standard error, with the component's name; false */
#endif
