/* Click's handlers as items of the extended agent: asked for through its ControlSocket when somebody asks us, between bursts.
 * A handler that is read only is a gauge, one that is written only a command, one that is both a setting. */
#include "netdev.h"
#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MS 200 /* packets wait meanwhile */
#define ANSWER_MAX 32768u
#define HANDLERS_MAX 512u
#define NAME_MAX_ 63u

static int control = -1;
static char answer[ANSWER_MAX];
static size_t filled;
static bool behind; /* an answer was not read to its end, or came too late */

/* More of the answer; false when it does not come in time. */
static bool more(void) {
    struct pollfd waiting = {.fd = control, .events = POLLIN};
    if (filled + 1 >= sizeof answer || poll(&waiting, 1, ANSWER_MS) <= 0) return false;
    ssize_t got = read(control, answer + filled, sizeof answer - 1 - filled);
    if (got <= 0) return false;
    filled += (size_t)got;
    answer[filled] = 0;
    return true;
}

/* The line at `at`, without its end, and where the next one begins; NULL when none comes. */
static char *line_at(size_t at, size_t *next) {
    char *end;
    while (!(end = filled > at ? memchr(answer + at, '\n', filled - at) : NULL))
        if (!more()) return NULL;
    *next = (size_t)(end - answer) + 1;
    if (end > answer + at && end[-1] == '\r') end[-1] = 0;
    *end = 0;
    return answer + at;
}

/* Asks for a handler that there is not, and skips all that comes before Click says so: what is left of answers before. */
static bool catch_up(void) {
    static unsigned number;
    char request[64], sign[32];
    snprintf(sign, sizeof sign, "catch-up-%u", ++number);
    int length = snprintf(request, sizeof request, "READ %s.it\r\n", sign);
    if (send(control, request, (size_t)length, MSG_NOSIGNAL) != length) return false;
    size_t sought = strlen(sign);
    for (filled = 0; more();) {
        char *found = memmem(answer, filled, sign, sought);
        size_t at = found ? (size_t)(found - answer) : 0, next;
        if (found) return line_at(at, &next) && next == filled;
        size_t kept = filled < sought ? filled : sought; /* the sign may be cut in two */
        memmove(answer, answer + filled - kept, kept);
        filled = kept;
    }
    return false;
}

/* One request. 200 and 220 are good; `200-` lines go before the last one of a status. `*text` is the data of a READ, or the words of a status. */
static bool ask_once(const char *verb, const char *handler, const char *value, char **text) {
    char request[1024];
    int length = snprintf(request, sizeof request, "%s %s%s%s\r\n", verb, handler, *value ? " " : "", value);
    *text = "Click does not answer on its ControlSocket";
    behind = true;
    if (length < 0 || (size_t)length >= sizeof request || send(control, request, (size_t)length, MSG_NOSIGNAL) != length) return false;
    filled = 0;
    size_t at = 0;
    char *line = line_at(0, &at);
    while (line && strlen(line) > 3 && line[3] == '-') line = line_at(at, &at);
    if (!line) return false;
    *text = strlen(line) > 4 ? line + 4 : line;
    bool good = line[0] == '2';
    behind = good && !strcmp(verb, "READ");
    if (!behind) return good;
    char *data = line_at(at, &at);
    size_t size = data && !strncmp(data, "DATA ", 5) ? strtoul(data + 5, NULL, 10) : sizeof answer;
    while (filled < at + size)
        if (at + size >= sizeof answer || !more()) return *text = "its value is longer than 32 KiB", false;
    answer[at + size] = 0;
    *text = answer + at;
    behind = false;
    return true;
}

static bool ask(const char *verb, const char *handler, const char *value, char **text) {
    *text = "Click does not answer on its ControlSocket";
    return (!behind || catch_up()) && ask_once(verb, handler, value, text);
}

static void write_json(const char *text, char *json, size_t size) {
    size_t length = strlen(text), at = 0;
    while (length && isspace((unsigned char)text[length - 1])) length--;
    char *end;
    strtod(text, &end);
    bool number = length && (isdigit((unsigned char)*text) || (*text == '-' && isdigit((unsigned char)text[1]))) && end == text + length && !memchr(text, 'x', length);
    if (number) {
        snprintf(json, size, "%.*s", (int)length, text);
        return;
    }
    json[at++] = '"';
    for (size_t i = 0; i < length && at + 8 < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') at += (size_t)sprintf(json + at, "\\%c", c);
        else if (c < 0x20 || c >= 0x7F) at += (size_t)sprintf(json + at, "\\u%04x", c);
        else json[at++] = (char)c;
    }
    json[at++] = '"';
    json[at] = 0;
}

static int refuse(const char *text, char *reply, size_t size) { return snprintf(reply, size, "%s", text), -1; }

static int get(void *state, char *json, size_t size) {
    char *text;
    if (!ask("READ", state, "", &text)) return refuse(text, json, size);
    write_json(text, json, size);
    return 0;
}

/* A JSON string loses its quotes; numbers and words are what Click takes. */
static int put(void *state, const char *value, char *reply, size_t size) {
    char *text, plain[512];
    size_t length = strlen(value);
    bool quoted = length >= 2 && value[0] == '"' && value[length - 1] == '"';
    snprintf(plain, sizeof plain, "%.*s", (int)(quoted ? length - 2 : length), value + quoted);
    return ask("WRITE", state, plain, &text) ? 0 : refuse(text, reply, size);
}

static int call(void *state, const char *argument, char *reply, size_t size) {
    char *text;
    if (!ask("WRITE", state, argument ? argument : "", &text)) return refuse(text, reply, size);
    return snprintf(reply, size, "null"), 0;
}

/* `Counter@3.count` is no name for an item (spec/ea.md): `counter-3-count` is. */
static char *item_name(const char *handler) {
    char *name = strndup(handler, NAME_MAX_);
    for (char *c = name; c && *c; c++) *c = isalnum((unsigned char)*c) || *c == '_' ? (char)tolower((unsigned char)*c) : '-';
    return name;
}

static void publish(const char *handler, bool reads, bool writes) {
    coven_foreign *item = calloc(1, sizeof *item);
    char *state = strdup(handler), *name = item_name(handler);
    if (!item || !state || !name || *name < 'a' || *name > 'z') return;
    *item = (coven_foreign){.name = name, .kind = !reads ? "command" : writes ? "setting" : "gauge", .type = reads ? "string" : "command",
                            .unit = "", .help = state, .get = reads ? get : NULL, .set = reads && writes ? put : NULL, .call = reads ? NULL : call, .state = state};
    coven_publish_foreign(item);
}

/* Each line of `element.handlers` is a name, a tab and flags; what every element has is left out, and ToDevice's `debug`, at which
 * Click 2.1 crashes when it is read. */
static unsigned publish_all_of(const char *element, unsigned known) {
    static const char *const everyone[] = {"name", "class", "config", "ports", "handlers", "debug"};
    char request[256], *text;
    snprintf(request, sizeof request, "%s.handlers", element);
    if (!ask("READ", request, "", &text)) return known;
    char *list = strdup(text), *rest = NULL;
    for (char *line = list ? strtok_r(list, "\n", &rest) : NULL; line && known < HANDLERS_MAX; line = strtok_r(NULL, "\n", &rest)) {
        char name[128] = "", flags[32] = "", handler[384];
        if (sscanf(line, "%127s %31s", name, flags) != 2) continue;
        bool common = false;
        for (unsigned i = 0; i < sizeof everyone / sizeof *everyone; i++) common |= !strcmp(name, everyone[i]);
        if (common) continue;
        snprintf(handler, sizeof handler, "%s.%s", element, name);
        publish(handler, strchr(flags, 'r'), strchr(flags, 'w'));
        known++;
    }
    free(list);
    return known;
}

static bool connect_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return say("ControlSocket %s: the path is too long", path);
    strcpy(address.sun_path, path);
    control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (control < 0 || connect(control, (struct sockaddr *)&address, sizeof address)) return say("ControlSocket %s can't be reached; the handlers are not shown", path);
    unlink(path);
    size_t next;
    filled = 0;
    char *greeting = line_at(0, &next);
    return (greeting && !strncmp(greeting, "Click::ControlSocket/", 21)) || say("ControlSocket %s: it is not Click that answers", path);
}

bool handlers_show(const char *path) {
    char *text;
    if (!connect_to(path)) return false;
    if (!ask("READ", "list", "", &text)) return say("Click's elements can't be listed: %s", text);
    char *list = strdup(text), *rest = NULL;
    unsigned known = 0;
    char *line = list ? strtok_r(list, "\n", &rest) : NULL; /* the first says how many follow */
    for (line = line ? strtok_r(NULL, "\n", &rest) : NULL; line && known < HANDLERS_MAX; line = strtok_r(NULL, "\n", &rest)) known = publish_all_of(line, known);
    free(list);
    return true;
}
