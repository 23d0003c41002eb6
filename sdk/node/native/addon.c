/* The functions that JavaScript calls (src/native.ts). */
#include "glue.h"

static struct {
    bool attached;
    napi_ref segment; /* array buffer over the mapping */
} addon;

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
    napi_create_reference(env, mapped, 1, &addon.segment);
    napi_set_named_property(env, result, "segment", mapped);
    napi_set_named_property(env, result, "table", table);
    return result;
}

static napi_value attach(napi_env env, napi_callback_info info) {
    napi_value argument[2];
    char error[256];
    size_t size;
    if (addon.attached) return fail(env, "the channel is attached already: one component a process");
    if (coven_attach(error, sizeof error) != 0) return fail(env, error);
    addon.attached = true;
    arguments(env, info, argument, 2);
    uint8_t *segment = coven_segment(&size);
    if (size > UINT32_MAX) return fail(env, "the channel is larger than 4 GiB, more than this SDK can reach");
    burst_open(segment);
    agent_open(env, argument[1]);
    napi_value result = windows(env, segment, size);
    if (result && !loop_open(env, argument[0])) return fail(env, "libuv does not take the doorbell");
    return result;
}

static napi_value next(napi_env env, napi_callback_info info) {
    (void)info;
    return number(env, loop_next());
}

/** The array buffer is emptied before the mapping goes: a late read finds nothing, and does not crash. */
static napi_value leave(napi_env env, napi_callback_info info) {
    (void)info;
    napi_value segment;
    if (!addon.attached) return NULL;
    addon.attached = false;
    loop_close();
    burst_abandon();
    if (addon.segment && napi_get_reference_value(env, addon.segment, &segment) == napi_ok) napi_detach_arraybuffer(env, segment);
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
    return number(env, burst_create(whole(env, argument[0]), whole(env, argument[1])));
}

static napi_value packet_clone(napi_env env, napi_callback_info info) {
    napi_value argument[1];
    arguments(env, info, argument, 1);
    return number(env, burst_clone(whole(env, argument[0])));
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

NAPI_MODULE_INIT() {
    const struct { const char *name; napi_callback call; } functions[] = {
        {"attach", attach}, {"next", next}, {"leave", leave}, {"publish", agent_publish},
        {"grow", packet_grow}, {"create", packet_create}, {"clone", packet_clone}, {"send", packet_send}, {"reportFailure", report_failure},
        {"segment", host_segment}, {"bell", host_bell}, {"yield", host_yield},
        {"wireOpen", wire_open}, {"wireWatch", wire_watch}, {"wireReceive", wire_receive}, {"wireSend", wire_send}, {"wireMissed", wire_missed}, {"wireClose", wire_close},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        napi_value function;
        napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function);
        napi_set_named_property(env, exports, functions[i].name, function);
    }
    return exports;
}
