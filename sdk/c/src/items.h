/* What the component shows: the registry of the agent. One entry is either an author's item or a binding's. */
#ifndef COVEN_SRC_ITEMS_H
#define COVEN_SRC_ITEMS_H
#include "json.h"
#include <coven/core.h>

#pragma GCC visibility push(hidden)

typedef struct item_ref {
    coven_item *own;
    coven_foreign *foreign;
} item_ref;

/* Error reasons of spec/ea.md. */
typedef enum item_result { ITEM_OK, ITEM_UNKNOWN, ITEM_WRONG_KIND, ITEM_BAD_VALUE, ITEM_BAD_REQUEST, ITEM_TOO_LARGE, ITEM_FAILED } item_result;

#define ITEM_TEXT 32768 /* the longest value or reply */

void item_withdraw(coven_item *item); /* it is shown no longer */
bool item_first(item_ref *at);
bool item_next(item_ref *at);
bool item_find(const char *name, item_ref *found);
const char *item_kind(item_ref item);
void item_describe(item_ref item, json_out *out);
/* These write JSON into `text` when ITEM_OK, else a sentence. */
item_result item_get(item_ref item, char *text, size_t size);
item_result item_set(item_ref item, const char *value, char *text, size_t size);
item_result item_call(item_ref item, const char *argument, char *text, size_t size);

#pragma GCC visibility pop
#endif
