#include "unit.h"

COVEN_COUNTER(seen, "packets", "a \"quoted\"\thelp");
COVEN_GAUGE(level, "things", "");
COVEN_SETTING(speed, -5, "km/h", "how fast");
static int shout(const char *argument, char *reply, size_t size, void *state) {
    (void)state;
    if (!strcmp(argument, "fail")) return snprintf(reply, size, "no\nvoice"), -1;
    snprintf(reply, size, "[\"%s\"]", argument);
    return 0;
}
COVEN_COMMAND(shouts, shout, "says it aloud");

static bool under_ten(coven_item *item, void *state) {
    (void)state;
    return coven_value(item) < 10;
}
static coven_item ratio = {.name = "ratio", .kind = "setting", .type = "number"};
static coven_item flag = {.name = "flag", .kind = "setting", .type = "boolean"};
static coven_item label = {.name = "label", .kind = "setting", .type = "string", .text = "a"};
static coven_item twice = {.name = "speed", .kind = "counter", .type = "integer"};
static coven_item misnamed = {.name = "Bad", .kind = "counter", .type = "integer"};

static int foreign_get(void *state, char *json, size_t size) { return snprintf(json, size, "{\"count\":%d}", *(int *)state), 0; }
static int foreign_set(void *state, const char *json, char *reply, size_t size) {
    if (json[0] < '0' || json[0] > '9') return snprintf(reply, size, "a number, please"), -1;
    *(int *)state = json[0] - '0';
    return 0;
}
static int foreign_state = 3;
static coven_foreign far_setting = {.name = "far", .kind = "setting", .type = "integer", .get = foreign_get, .set = foreign_set, .state = &foreign_state};

static void ask(const char *request, const char *wanted) {
    static char line[65600], out[65537];
    size_t length = strlen(request);
    memcpy(line, request, length + 1);
    size_t got = cvn_agent_answer(line, length, out, sizeof out);
    EQUAL(out[got - 1], '\n');
    out[got - 1] = 0;
    TEXT(out, wanted);
}

static void publish_more(void) {
    static bool done;
    if (done) return;
    done = true;
    coven_publish(&ratio);
    coven_publish(&flag);
    coven_publish(&label);
    coven_publish_foreign(&far_setting);
    fprintf(stderr, "two lines of complaint follow, as they must:\n");
    coven_publish(&twice);
    coven_publish(&misnamed);
    speed.accept = under_ten;
}

TEST(agent_list) {
    publish_more();
    ask("list",
        "{\"items\":[{\"name\":\"seen\",\"kind\":\"counter\",\"type\":\"integer\",\"unit\":\"packets\",\"help\":\"a \\\"quoted\\\"\\thelp\",\"value\":0},"
        "{\"name\":\"level\",\"kind\":\"gauge\",\"type\":\"integer\",\"unit\":\"things\",\"help\":\"\",\"value\":0},"
        "{\"name\":\"speed\",\"kind\":\"setting\",\"type\":\"integer\",\"unit\":\"km/h\",\"help\":\"how fast\",\"value\":-5},"
        "{\"name\":\"shouts\",\"kind\":\"command\",\"type\":\"command\",\"unit\":\"\",\"help\":\"says it aloud\"},"
        "{\"name\":\"ratio\",\"kind\":\"setting\",\"type\":\"number\",\"unit\":\"\",\"help\":\"\",\"value\":0},"
        "{\"name\":\"flag\",\"kind\":\"setting\",\"type\":\"boolean\",\"unit\":\"\",\"help\":\"\",\"value\":false},"
        "{\"name\":\"label\",\"kind\":\"setting\",\"type\":\"string\",\"unit\":\"\",\"help\":\"\",\"value\":\"a\"},"
        "{\"name\":\"far\",\"kind\":\"setting\",\"type\":\"integer\",\"unit\":\"\",\"help\":\"\",\"value\":{\"count\":3}}]}");
}

TEST(agent_get) {
    publish_more();
    coven_add(&seen, UINT64_MAX);
    ask("get seen", "{\"name\":\"seen\",\"value\":18446744073709551615}");
    seen.value = 0;
    coven_set(&level, -7);
    ask("get level\r", "{\"name\":\"level\",\"value\":-7}");
    coven_set(&level, 0);
    ask("get far", "{\"name\":\"far\",\"value\":{\"count\":3}}");
    ask("get shouts", "{\"error\":{\"reason\":\"wrong-kind\",\"text\":\"a command has no value; call it\"}}");
    ask("get nothing", "{\"error\":{\"reason\":\"unknown-item\",\"text\":\"there is no item nothing; list names them\"}}");
    ask("get seen now", "{\"error\":{\"reason\":\"bad-request\",\"text\":\"get takes a name only\"}}");
    ask("get", "{\"error\":{\"reason\":\"bad-request\",\"text\":\"the name of an item is missing\"}}");
}

TEST(agent_set_integer) {
    publish_more();
    ask("set speed 9", "{\"name\":\"speed\",\"value\":9}");
    ask("set speed 10", "{\"error\":{\"reason\":\"bad-value\",\"text\":\"the component refuses this value\"}}");
    const char *const bad[] = {"", "x", "9x", "1.5", "01", "1e3", "99999999999999999999", "\"9\"", "true", "+1", " 1"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[64];
        snprintf(line, sizeof line, "set speed %s", bad[i]);
        ask(line, "{\"error\":{\"reason\":\"bad-value\",\"text\":\"not a JSON value of type integer\"}}");
    }
    ask("get speed", "{\"name\":\"speed\",\"value\":9}");
    ask("set speed -5", "{\"name\":\"speed\",\"value\":-5}");
    ask("set seen 1", "{\"error\":{\"reason\":\"wrong-kind\",\"text\":\"only a setting can be set\"}}");
}

TEST(agent_set_other_types) {
    publish_more();
    ask("set ratio 0.1", "{\"name\":\"ratio\",\"value\":0.1}");
    ask("set ratio -1.5e300", "{\"name\":\"ratio\",\"value\":-1.5e+300}");
    ask("set ratio 0.30000000000000004", "{\"name\":\"ratio\",\"value\":0.30000000000000004}");
    ask("set ratio 1e999", "{\"error\":{\"reason\":\"bad-value\",\"text\":\"not a JSON value of type number\"}}");
    ask("set ratio nan", "{\"error\":{\"reason\":\"bad-value\",\"text\":\"not a JSON value of type number\"}}");
    ask("set ratio 0", "{\"name\":\"ratio\",\"value\":0}");
    ask("set flag true", "{\"name\":\"flag\",\"value\":true}");
    ask("set flag 1", "{\"error\":{\"reason\":\"bad-value\",\"text\":\"not a JSON value of type boolean\"}}");
    ask("set flag false", "{\"name\":\"flag\",\"value\":false}");
    ask("set far 7", "{\"name\":\"far\",\"value\":{\"count\":7}}");
    ask("set far x", "{\"error\":{\"reason\":\"bad-value\",\"text\":\"a number, please\"}}");
    ask("set far 3", "{\"name\":\"far\",\"value\":{\"count\":3}}");
}

TEST(agent_set_string) {
    publish_more();
    ask("set label \"two words\"", "{\"name\":\"label\",\"value\":\"two words\"}");
    ask("set label \"\\u00e9\\ud83d\\ude00\\n\\\"\\\\\\/\"", "{\"name\":\"label\",\"value\":\"\xC3\xA9\xF0\x9F\x98\x80\\n\\\"\\\\/\"}");
    const char *const bad[] = {"x", "\"x", "\"x\" ", "\"\\q\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\u0000\"", "\"\xFF\"", "\"\t\"", "\"\\"};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[64];
        snprintf(line, sizeof line, "set label %s", bad[i]);
        ask(line, "{\"error\":{\"reason\":\"bad-value\",\"text\":\"not a JSON value of type string under 128 bytes\"}}");
    }
    char longest[256];
    snprintf(longest, sizeof longest, "set label \"%0128d\"", 1);
    ask(longest, "{\"error\":{\"reason\":\"bad-value\",\"text\":\"not a JSON value of type string under 128 bytes\"}}");
    ask("set label \"a\"", "{\"name\":\"label\",\"value\":\"a\"}");
}

TEST(agent_call) {
    publish_more();
    ask("call shouts", "{\"name\":\"shouts\",\"result\":[\"\"]}");
    ask("call shouts  as it  stands ", "{\"name\":\"shouts\",\"result\":[\" as it  stands \"]}");
    ask("call shouts fail", "{\"error\":{\"reason\":\"failed\",\"text\":\"no voice\"}}");
    ask("call speed", "{\"error\":{\"reason\":\"wrong-kind\",\"text\":\"only a command can be called\"}}");
}

TEST(agent_bad_requests) {
    const char *const wanted =
        "{\"error\":{\"reason\":\"bad-request\",\"text\":\"requests are: list, get NAME, set NAME VALUE, call NAME [ARGUMENT], check\"}}";
    ask("", wanted);
    ask("LIST", wanted);
    ask("list all", wanted);
    ask(" list", wanted);
    char out[200];
    EQUAL(cvn_agent_answer(NULL, 0, out, sizeof out), strlen("{\"error\":{\"reason\":\"too-large\",\"text\":\"a request has 64 KiB at most\"}}\n"));
    char nul[] = "get\0seen";
    out[cvn_agent_answer(nul, 8, out, sizeof out) - 1] = 0;
    TEXT(out, "{\"error\":{\"reason\":\"bad-request\",\"text\":\"a NUL byte in the request\"}}");
    ask("get \xFF\x01", "{\"error\":{\"reason\":\"unknown-item\",\"text\":\"there is no item \\ufffd\\u0001; list names them\"}}");
}

TEST(agent_answer_too_large) {
    char line[] = "list", out[100];
    size_t got = cvn_agent_answer(line, 4, out, sizeof out);
    out[got - 1] = 0;
    TEXT(out, "{\"error\":{\"reason\":\"too-large\",\"text\":\"the answer is over 64 KiB\"}}");
}

TEST(agent_check) {
    peer p;
    open_channel(&p, (options){0});
    coven_ready();
    coven_pass();
    ask("check", "{\"alive\":true,\"state\":\"running\",\"packets_in\":0,\"packets_out\":0,\"packets_dropped\":0,\"errors\":0,\"heartbeat\":1}");
    close_channel(&p);
}
