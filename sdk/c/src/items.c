#include "items.h"
#include "channel.h"
#include <string.h>

/* [a-z][a-z0-9_-]{0,62}, spec/ea.md */
static bool is_name(const char *name) {
    static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t length = strspn(name, all);
    return *name >= 'a' && *name <= 'z' && length <= 63 && !name[length];
}

static bool may_publish(const char *name) {
    item_ref found;
    if (item_find(name, &found)) fprintf(cvn_log(), "agent: %s is published twice; the first counts\n", name);
    else if (!is_name(name)) fprintf(cvn_log(), "agent: %s is no name for an item ([a-z][a-z0-9_-]{0,62}); it is not shown\n", name);
    else return true;
    return false;
}

void coven_publish(coven_item *item) {
    coven_item **end = &cvn_me->items;
    if (!may_publish(item->name)) return;
    while (*end) end = &(*end)->next;
    item->next = NULL;
    *end = item;
}

void item_withdraw(coven_item *item) {
    coven_item **at = &cvn_me->items;
    while (*at && *at != item) at = &(*at)->next;
    if (*at) *at = item->next;
}

void coven_publish_foreign(coven_foreign *item) {
    coven_foreign **end = &cvn_me->foreigners;
    if (!may_publish(item->name)) return;
    while (*end) end = &(*end)->next;
    item->next = NULL;
    *end = item;
}

void coven_withdraw_foreign(coven_foreign *item) {
    coven_foreign **at = &cvn_me->foreigners;
    while (*at && *at != item) at = &(*at)->next;
    if (*at) *at = item->next;
}

bool item_first(item_ref *at) {
    *at = (item_ref){cvn_me->items, cvn_me->items ? NULL : cvn_me->foreigners};
    return at->own || at->foreign;
}

bool item_next(item_ref *at) {
    if (at->own) {
        at->own = at->own->next;
        if (!at->own) at->foreign = cvn_me->foreigners;
    } else {
        at->foreign = at->foreign->next;
    }
    return at->own || at->foreign;
}

bool item_find(const char *name, item_ref *found) {
    for (bool more = item_first(found); more; more = item_next(found))
        if (!strcmp(name, found->own ? found->own->name : found->foreign->name)) return true;
    return false;
}

const char *item_kind(item_ref item) { return item.own ? item.own->kind : item.foreign->kind; }

static void member(json_out *out, const char *before, const char *value) {
    json_raw(out, before);
    json_string(out, value ? value : "");
}

/* An item whose value can't be had stands in the list without one. */
void item_describe(item_ref item, json_out *out) {
    static char value[ITEM_TEXT];
    member(out, "{\"name\":", item.own ? item.own->name : item.foreign->name);
    member(out, ",\"kind\":", item_kind(item));
    member(out, ",\"type\":", item.own ? item.own->type : item.foreign->type);
    member(out, ",\"unit\":", item.own ? item.own->unit : item.foreign->unit);
    member(out, ",\"help\":", item.own ? item.own->help : item.foreign->help);
    if (item_get(item, value, sizeof value) == ITEM_OK) {
        json_raw(out, ",\"value\":");
        json_raw(out, value);
    }
    json_raw(out, "}");
}

static double as_double(uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void write_histogram(const coven_histogram *h, json_out *out) {
    json_raw(out, "{\"count\":");
    json_unsigned(out, h->count);
    json_raw(out, ",\"sum\":");
    json_unsigned(out, h->sum);
    json_raw(out, ",\"buckets\":[");
    for (unsigned i = 0; i < h->bound_count; i++) {
        json_raw(out, i ? ",[" : "[");
        json_unsigned(out, h->bounds[i]);
        json_raw(out, ",");
        json_unsigned(out, h->buckets[i]);
        json_raw(out, "]");
    }
    json_raw(out, "]}");
}

static void write_value(const coven_item *item, json_out *out) {
    if (!strcmp(item->kind, "histogram")) write_histogram((const coven_histogram *)(const void *)item, out);
    else if (!strcmp(item->kind, "counter")) json_unsigned(out, item->value);
    else if (!strcmp(item->type, "boolean")) json_raw(out, item->value ? "true" : "false");
    else if (!strcmp(item->type, "number")) json_number(out, as_double(item->value));
    else if (!strcmp(item->type, "string")) json_string(out, item->text);
    else json_integer(out, (int64_t)item->value);
}

static item_result say(item_result result, char *text, size_t size, const char *sentence) {
    snprintf(text, size, "%s", sentence);
    return result;
}

/* What a binding or author writes is one line, whatever it is: a raw line feed would end the answer. */
static item_result reply(int status, item_result failure, char *text) {
    for (char *c = text; *c; c++)
        if (*c == '\n' || *c == '\r') *c = ' ';
    if (status) return failure;
    if (!*text) strcpy(text, "null");
    return ITEM_OK;
}

item_result item_get(item_ref item, char *text, size_t size) {
    *text = 0;
    if (!strcmp(item_kind(item), "command")) return say(ITEM_WRONG_KIND, text, size, "a command has no value; call it");
    if (item.foreign) {
        if (!item.foreign->get) return say(ITEM_WRONG_KIND, text, size, "it can't be read");
        return reply(item.foreign->get(item.foreign->state, text, size), ITEM_FAILED, text);
    }
    json_out out = {.text = text, .size = size};
    write_value(item.own, &out);
    return ITEM_OK;
}

static bool parse_value(coven_item *item, const char *value) {
    int64_t integer;
    double number;
    bool truth;
    char string[sizeof item->text];
    if (!strcmp(item->type, "boolean")) {
        if (!json_read_boolean(value, &truth)) return false;
        item->value = truth;
    } else if (!strcmp(item->type, "number")) {
        if (!json_read_number(value, &number)) return false;
        memcpy(&item->value, &number, sizeof number);
    } else if (!strcmp(item->type, "string")) {
        if (!json_read_string(value, string, sizeof string)) return false;
        memcpy(item->text, string, sizeof string);
    } else {
        if (!json_read_integer(value, &integer)) return false;
        item->value = (uint64_t)integer;
    }
    return true;
}

/* The author is asked with the new value in place; refused, the old one comes back. */
static item_result set_own(coven_item *item, const char *value, char *text, size_t size) {
    coven_item before = *item;
    if (!parse_value(item, value)) {
        snprintf(text, size, "not a JSON value of type %s%s", item->type, strcmp(item->type, "string") ? "" : " under 128 bytes");
        return ITEM_BAD_VALUE;
    }
    if (!item->accept || item->accept(item, item->state)) return ITEM_OK;
    item->value = before.value;
    memcpy(item->text, before.text, sizeof item->text);
    return say(ITEM_BAD_VALUE, text, size, "the component refuses this value");
}

item_result item_set(item_ref item, const char *value, char *text, size_t size) {
    item_result result;
    *text = 0;
    if (strcmp(item_kind(item), "setting")) return say(ITEM_WRONG_KIND, text, size, "only a setting can be set");
    if (item.own) result = set_own(item.own, value, text, size);
    else if (!item.foreign->set) return say(ITEM_WRONG_KIND, text, size, "it can't be set");
    else result = reply(item.foreign->set(item.foreign->state, value, text, size), ITEM_BAD_VALUE, text);
    return result == ITEM_OK ? item_get(item, text, size) : result;
}

item_result item_call(item_ref item, const char *argument, char *text, size_t size) {
    *text = 0;
    if (strcmp(item_kind(item), "command")) return say(ITEM_WRONG_KIND, text, size, "only a command can be called");
    if (item.own ? !item.own->call : !item.foreign->call) return say(ITEM_WRONG_KIND, text, size, "it can't be called");
    int status = item.own ? item.own->call(argument, text, size, item.own->state) : item.foreign->call(item.foreign->state, argument, text, size);
    return reply(status, ITEM_FAILED, text);
}
