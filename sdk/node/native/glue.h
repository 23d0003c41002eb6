/** @file
 * The Node binding of the C core. One channel a process, one JavaScript thread (spec/channel.md). The components of a fused group have
 * an SDK each, and this addon in common.
 *
 * JavaScript reaches packets through two array buffers: the segment, and the burst table that says where in it they are.
 */
#ifndef COVEN_NODE_GLUE_H
#define COVEN_NODE_GLUE_H
#define NAPI_VERSION 8
#include <coven/core.h>
#include <coven/layout.h>
#include <node_api.h>

/* Rows of the burst table, and its words: src/native.ts states the same. */
enum { ROWS_BURST = COVEN_LIMITS_BURST_MAX, ROWS_OWN = 64, ROWS = ROWS_BURST + ROWS_OWN };
enum { ROW_AT, ROW_LENGTH, ROW_CONTEXT, ROW_VERDICT, ROW_WORDS };
#define NO_ROW UINT32_MAX
/** Of what next() returns: the packets in a burst; above them the component whose burst it is. */
enum { COUNT_BITS = 8 };
/** In a verdict's place: the author's code failed on this packet. */
enum { VERDICT_FAILED = 0x10000 };

/* burst.c: packets in hand */
extern uint32_t burst_table[ROWS * ROW_WORDS];
void burst_open(uint8_t *segment);
/** Take the next packets and show them in the table. */
int burst_take(void);
/** Hand on what was taken, by the table's verdicts. */
void burst_settle(void);
/** Drop what is still in hand: the burst, and packets of one's own. */
void burst_abandon(void);
bool burst_grow(uint32_t row, bool front, int32_t bytes);
/** A packet of one's own, on the lane of row `like` or the default one. Its row, or -1. */
int burst_create(uint32_t length, uint32_t like);
int burst_clone(uint32_t original);
bool burst_send(uint32_t row, coven_verdict output);
/** The author's code failed on this packet: the core keeps it and tells of it. False: not told. */
bool burst_report(uint32_t row, const char *what);

/* agent.c */
enum { OPERATION_GET, OPERATION_SET, OPERATION_CALL };
void agent_open(napi_env env, unsigned member, napi_value serve);
/** For the component whose turn it is. */
napi_value agent_publish(napi_env env, napi_callback_info info);

/* host.c: the other side of a channel */
napi_value host_segment(napi_env env, napi_callback_info info);
napi_value host_yield(napi_env env, napi_callback_info info);
napi_value host_bell(napi_env env, napi_callback_info info);

/* wire.c: an interface of the host, for the same */
napi_value wire_open(napi_env env, napi_callback_info info);
napi_value wire_watch(napi_env env, napi_callback_info info);
napi_value wire_receive(napi_env env, napi_callback_info info);
napi_value wire_send(napi_env env, napi_callback_info info);
napi_value wire_missed(napi_env env, napi_callback_info info);
napi_value wire_close(napi_env env, napi_callback_info info);

/* loop.c */
/** Start the loop: `turn` runs whenever there may be packets. False: libuv refused. */
bool loop_open(napi_env env, napi_value turn);
/** The next burst: its size, 0 to leave JavaScript, -1 to stop, -2 to stop for the channel is broken. */
int loop_next(void);
/** There is something to do, though the bell was not rung. */
void loop_wake(void);
void loop_close(void);
#endif
