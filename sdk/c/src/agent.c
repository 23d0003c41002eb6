/* The extended agent's requests and answers (spec/ea.md). */
#include "channel.h"
#include "items.h"
#include <stdio.h>
#include <string.h>

static const char *const reasons[] = {
    [ITEM_OK] = "", [ITEM_UNKNOWN] = "unknown-item", [ITEM_WRONG_KIND] = "wrong-kind", [ITEM_BAD_VALUE] = "bad-value",
    [ITEM_BAD_REQUEST] = "bad-request", [ITEM_TOO_LARGE] = "too-large", [ITEM_FAILED] = "failed"};

static void fail(json_out *out, item_result reason, const char *text) {
    json_raw(out, "{\"error\":{\"reason\":\"");
    json_raw(out, reasons[reason]);
    json_raw(out, "\",\"text\":");
    json_string(out, *text ? text : "no reason was given");
    json_raw(out, "}}");
}

static void list(json_out *out) {
    item_ref at;
    json_raw(out, "{\"items\":[");
    bool more = item_first(&at);
    while (more) {
        item_describe(at, out);
        more = item_next(&at);
        if (more) json_raw(out, ",");
    }
    json_raw(out, "]}");
}

static void shared_counter(json_out *out, const char *name, unsigned counter) {
    json_raw(out, name);
    json_unsigned(out, cvn.counter[counter]);
}

static void check(json_out *out) {
    static const char *const states[] = {"empty", "attached", "running", "leaving", "failed"};
    uint32_t state = cvn.slot ? cvn_load(cvn_u32(cvn.slot, COVEN_SLOT_OFF_STATE), memory_order_relaxed) : 0;
    json_raw(out, "{\"alive\":true,\"state\":\"");
    json_raw(out, state <= COVEN_SLOT_STATE_FAILED ? states[state] : "damaged");
    shared_counter(out, "\",\"packets_in\":", COVEN_COUNTER_PACKETS_IN);
    shared_counter(out, ",\"packets_out\":", COVEN_COUNTER_PACKETS_OUT);
    shared_counter(out, ",\"packets_dropped\":", COVEN_COUNTER_PACKETS_DROPPED);
    shared_counter(out, ",\"errors\":", COVEN_COUNTER_ERRORS);
    json_raw(out, ",\"heartbeat\":");
    json_unsigned(out, cvn.heartbeat);
    json_raw(out, "}");
}

typedef item_result operation(item_ref item, const char *rest, char *text, size_t size);

static item_result get(item_ref item, const char *rest, char *text, size_t size) {
    if (!*rest) return item_get(item, text, size);
    snprintf(text, size, "get takes a name only");
    return ITEM_BAD_REQUEST;
}

static void on_item(json_out *out, operation *work, const char *member, char *rest) {
    static char text[ITEM_TEXT];
    item_ref item;
    char *name = rest;
    rest += strcspn(rest, " ");
    if (*rest) *rest++ = 0;
    if (!*name) {
        fail(out, ITEM_BAD_REQUEST, "the name of an item is missing");
        return;
    }
    if (!item_find(name, &item)) {
        snprintf(text, sizeof text, "there is no item %.80s; list names them", name);
        fail(out, ITEM_UNKNOWN, text);
        return;
    }
    item_result result = work(item, rest, text, sizeof text);
    if (result != ITEM_OK) {
        fail(out, result, text);
        return;
    }
    json_raw(out, "{\"name\":");
    json_string(out, name);
    json_raw(out, member);
    json_raw(out, text);
    json_raw(out, "}");
}

static void answer(char *line, json_out *out) {
    char *rest = line + strcspn(line, " ");
    if (*rest) *rest++ = 0;
    if (!strcmp(line, "list") && !*rest) list(out);
    else if (!strcmp(line, "check") && !*rest) check(out);
    else if (!strcmp(line, "get")) on_item(out, get, ",\"value\":", rest);
    else if (!strcmp(line, "set")) on_item(out, item_set, ",\"value\":", rest);
    else if (!strcmp(line, "call")) on_item(out, item_call, ",\"result\":", rest);
    else fail(out, ITEM_BAD_REQUEST, "requests are: list, get NAME, set NAME VALUE, call NAME [ARGUMENT], check");
}

/* The answer to one request (`line`: NULL if it was too long) with its line feed, into `out`; its length. `line` is used up. */
size_t cvn_agent_answer(char *line, size_t length, char *out, size_t size) {
    json_out json = {.text = out, .size = size - 1};
    if (line && length && line[length - 1] == '\r') line[--length] = 0;
    if (!line) fail(&json, ITEM_TOO_LARGE, "a request has 64 KiB at most");
    else if (strlen(line) != length) fail(&json, ITEM_BAD_REQUEST, "a NUL byte in the request");
    else answer(line, &json);
    if (json.full) {
        json = (json_out){.text = out, .size = size - 1};
        fail(&json, ITEM_TOO_LARGE, "the answer is over 64 KiB");
    }
    out[json.length] = '\n';
    return json.length + 1;
}
