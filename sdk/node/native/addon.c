/* The functions that JavaScript calls (src/native.ts). */
#include "glue.h"
#include <stdlib.h>

static struct {
    unsigned attached; /* components of this process */
    napi_ref windows;  /* both array buffers, the same for all of them */
} addon;

/* What a component's own copy of the SDK has loaded. */
typedef struct face {
    bool attached;
    unsigned member;
} face;

static face *own_face(napi_env env, napi_callback_info info) {
    void *data = NULL;
    napi_get_cb_info(env, info, NULL, NULL, NULL, &data);
    return data;
}

/* A component may call at any time, from a timer for one: what it does is its own, whoever's turn it is. Returns whose it was. */
static unsigned turn_to(napi_env env, napi_callback_info info) {
    unsigned turn = coven_group_turn();
    coven_group_select(own_face(env, info)->member);
    return turn;
}

static napi_value number(napi_env env, int value) {
    napi_value result;
    napi_create_int32(env, value, &result);
    return result;
}

static napi_value boolean(napi_env env, bool value) {
    napi_value result;
    napi_get_boolean(env, value, &result);
    return result;
}

static napi_value fail(napi_env env, const char *text) {
    napi_throw_error(env, NULL, text);
    return NULL;
}

static void arguments(napi_env env, napi_callback_info info, napi_value *argument, size_t count) {
    napi_get_cb_info(env, info, &count, argument, NULL, NULL);
}

static uint32_t whole(napi_env env, napi_value value) {
    uint32_t result = NO_ROW; /* and no length that a frame has */
    napi_get_value_uint32(env, value, &result);
    return result;
}

/** Both array buffers. Mapped once a process: two over one address can abort V8. */
static napi_value windows(napi_env env, uint8_t *segment, size_t size) {
    napi_value result, mapped, table;
    if (napi_create_object(env, &result) != napi_ok ||
        napi_create_external_arraybuffer(env, segment, size, NULL, NULL, &mapped) != napi_ok ||
        napi_create_external_arraybuffer(env, burst_table, sizeof burst_table, NULL, NULL, &table) != napi_ok)
        return fail(env, "this Node does not let an addon show memory of its own (no external array buffers)");
    napi_set_named_property(env, result, "segment", mapped);
    napi_set_named_property(env, result, "table", table);
    napi_create_reference(env, result, 1, &addon.windows);
    return result;
}

static napi_value known_windows(napi_env env) {
    napi_value result;
    napi_get_reference_value(env, addon.windows, &result);
    return result;
}

static napi_value attach(napi_env env, napi_callback_info info) {
    napi_value argument[3];
    char error[256];
    size_t size;
    bool is_last = true;
    face *own = own_face(env, info);
    if (own->attached) return fail(env, "the channel is attached already");
    if (addon.attached && !coven_group_join()) return fail(env, "no room for another component in this process");
    if (coven_attach(error, sizeof error) != 0) return fail(env, error);
    *own = (face){true, coven_group_turn()};
    arguments(env, info, argument, 3);
    napi_get_value_bool(env, argument[2], &is_last);
    uint8_t *segment = coven_segment(&size);
    if (size > UINT32_MAX) return fail(env, "the channel is larger than 4 GiB, more than this SDK can reach");
    burst_open(segment);
    agent_open(env, own->member, argument[1]);
    napi_value result = addon.attached++ ? known_windows(env) : windows(env, segment, size);
    if (result && is_last && !loop_open(env, argument[0])) return fail(env, "libuv does not take the doorbell");
    return result;
}

static napi_value next(napi_env env, napi_callback_info info) {
    (void)info;
    int count = loop_next();
    return number(env, count > 0 ? count | (int)coven_group_turn() << COUNT_BITS : count);
}

/** The array buffer is emptied before the mapping goes: a late read finds nothing, and does not crash. */
static napi_value leave(napi_env env, napi_callback_info info) {
    (void)info;
    napi_value both, segment;
    if (!addon.attached) return NULL;
    addon.attached = 0;
    loop_close();
    burst_abandon();
    if (addon.windows && napi_get_reference_value(env, addon.windows, &both) == napi_ok && napi_get_named_property(env, both, "segment", &segment) == napi_ok)
        napi_detach_arraybuffer(env, segment);
    coven_detach();
    return NULL;
}

static napi_value packet_grow(napi_env env, napi_callback_info info) {
    napi_value argument[3];
    bool front = false;
    int32_t bytes = 0;
    arguments(env, info, argument, 3);
    napi_get_value_bool(env, argument[1], &front);
    if (napi_get_value_int32(env, argument[2], &bytes) != napi_ok) return fail(env, "grow takes a number of bytes");
    return boolean(env, burst_grow(whole(env, argument[0]), front, bytes));
}

static napi_value packet_create(napi_env env, napi_callback_info info) {
    napi_value argument[2];
    arguments(env, info, argument, 2);
    unsigned turn = turn_to(env, info);
    int row = burst_create(whole(env, argument[0]), whole(env, argument[1]));
    coven_group_select(turn);
    return number(env, row);
}

static napi_value packet_clone(napi_env env, napi_callback_info info) {
    napi_value argument[1];
    arguments(env, info, argument, 1);
    unsigned turn = turn_to(env, info);
    int row = burst_clone(whole(env, argument[0]));
    coven_group_select(turn);
    return number(env, row);
}

static napi_value packet_send(napi_env env, napi_callback_info info) {
    napi_value argument[2];
    arguments(env, info, argument, 2);
    return boolean(env, burst_send(whole(env, argument[0]), (coven_verdict)whole(env, argument[1])));
}

static napi_value report_failure(napi_env env, napi_callback_info info) {
    napi_value argument[2];
    char what[1024] = "";
    size_t length;
    arguments(env, info, argument, 2);
    napi_get_value_string_utf8(env, argument[1], what, sizeof what, &length);
    return boolean(env, burst_report(whole(env, argument[0]), what));
}

static napi_value publish(napi_env env, napi_callback_info info) {
    unsigned turn = turn_to(env, info);
    agent_publish(env, info);
    coven_group_select(turn);
    return NULL;
}

NAPI_MODULE_INIT() {
    face *own = calloc(1, sizeof *own);
    if (!own) return fail(env, "no memory");
    const struct { const char *name; napi_callback call; } functions[] = {
        {"attach", attach}, {"next", next}, {"leave", leave}, {"publish", publish},
        {"grow", packet_grow}, {"create", packet_create}, {"clone", packet_clone}, {"send", packet_send}, {"reportFailure", report_failure},
        {"segment", host_segment}, {"bell", host_bell}, {"yield", host_yield},
        {"wireOpen", wire_open}, {"wireWatch", wire_watch}, {"wireReceive", wire_receive}, {"wireSend", wire_send}, {"wireMissed", wire_missed}, {"wireClose", wire_close},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        napi_value function;
        napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, own, &function);
        napi_set_named_property(env, exports, functions[i].name, function);
    }
    return exports;
}
