/* The extended agent's registry: values live in JavaScript, one function there answers for all items (src/items.ts). */
#include "glue.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_BITS = 16 };

static struct {
    napi_env env;
    napi_ref serve[COVEN_LIMITS_SLOTS_MAX]; /* of each component of the process */
} agent;

void agent_open(napi_env env, unsigned member, napi_value serve) {
    agent.env = env;
    napi_create_reference(env, serve, 1, &agent.serve[member]);
}

/** The text into `out`, whole; false and a short text if it has no room. */
static bool copy_text(napi_value text, char *out, size_t size) {
    size_t length = 0;
    napi_get_value_string_utf8(agent.env, text, NULL, 0, &length);
    if (length >= size) {
        snprintf(out, size, "the answer has %zu bytes, the limit is %zu", length, size - 1);
        return false;
    }
    return napi_get_value_string_utf8(agent.env, text, out, size, &length) == napi_ok;
}

/** The message of the exception that is pending. */
static void refusal(char *out, size_t size) {
    napi_value error, message;
    snprintf(out, size, "refused");
    if (napi_get_and_clear_last_exception(agent.env, &error) != napi_ok) return;
    if (napi_get_named_property(agent.env, error, "message", &message) == napi_ok) copy_text(message, out, size);
}

static int ask(const void *id, uint32_t operation, const char *argument, char *out, size_t size) {
    napi_env env = agent.env;
    napi_handle_scope scope;
    napi_value serve, global, answer, arguments[3];
    napi_open_handle_scope(env, &scope);
    napi_get_reference_value(env, agent.serve[(uintptr_t)id >> ID_BITS], &serve);
    napi_get_global(env, &global);
    napi_create_uint32(env, (uint32_t)(uintptr_t)id & ((1u << ID_BITS) - 1), &arguments[0]);
    napi_create_uint32(env, operation, &arguments[1]);
    napi_create_string_utf8(env, argument, NAPI_AUTO_LENGTH, &arguments[2]);
    bool answered = napi_call_function(env, global, serve, 3, arguments, &answer) == napi_ok;
    if (answered) answered = copy_text(answer, out, size);
    else refusal(out, size);
    napi_close_handle_scope(env, scope);
    return answered ? 0 : -1;
}

static int get(void *id, char *json, size_t size) { return ask(id, OPERATION_GET, "", json, size); }

static int set(void *id, const char *json, char *reply, size_t size) { return ask(id, OPERATION_SET, json, reply, size); }

static int call(void *id, const char *argument, char *reply, size_t size) {
    return ask(id, OPERATION_CALL, argument ? argument : "", reply, size);
}

/** The text of an argument, kept for the life of the process: the registry points to it. */
static char *keep_text(napi_env env, napi_value value) {
    size_t length = 0;
    napi_get_value_string_utf8(env, value, NULL, 0, &length);
    char *text = malloc(length + 1);
    if (text) napi_get_value_string_utf8(env, value, text, length + 1, &length);
    return text;
}

napi_value agent_publish(napi_env env, napi_callback_info info) {
    napi_value argument[6];
    size_t count = 6;
    uint32_t id = 0;
    napi_get_cb_info(env, info, &count, argument, NULL, NULL);
    napi_get_value_uint32(env, argument[0], &id);
    coven_foreign *item = calloc(1, sizeof *item);
    char *text[5];
    bool whole = item != NULL;
    for (int i = 0; i < 5; i++) whole = (text[i] = keep_text(env, argument[i + 1])) && whole;
    if (!whole) {
        napi_throw_error(env, NULL, "no memory for another item");
        return NULL;
    }
    bool settable = strcmp(text[1], "setting") == 0, callable = strcmp(text[1], "command") == 0;
    *item = (coven_foreign){text[0], text[1], text[2], text[3], text[4], callable ? NULL : get, settable ? set : NULL,
                            callable ? call : NULL, (void *)((uintptr_t)coven_group_turn() << ID_BITS | id), NULL};
    coven_publish_foreign(item);
    return NULL;
}
