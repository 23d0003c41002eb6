/* The component's own source, whose main is not that of the test. */
#define main component_main
#include "../filter/main.c"
#undef main
#include <assert.h>
#include <coven/testing.h>
#include <stdio.h>
#include <string.h>

/* What became of each packet, a letter each: the first of `out`, `watch`, or `-` for dropped. */
static char said[64];
static void note(const coven_result *result, void *context) {
    if (strlen(said) == 1) memcpy(context, result->context, 2);
    strncat(said, result->output ? result->output : "-", 1);
}

static void run_sample(const char *set_port, const char *expected, const char *expected_dropped) {
    uint8_t context[2];
    coven_harness *harness = coven_harness_open("out,watch", "service:16,rest:112");
    filter my = filter_new();
    said[0] = 0;
    assert(harness && my.knocks && coven_harness_set(harness, "port", set_port));
    assert(coven_harness_capture(harness, decide, &my, "sample.pcap", note, context) == 8);
    assert(!strcmp(said, expected) && context[0] == 0 && context[1] == 53);
    assert(!strcmp(coven_harness_item(harness, "dropped"), expected_dropped));
    coven_flow_table_free(my.knocks);
    coven_harness_close(harness);
}

int main(void) {
    run_sample("8080", "ooow-owo", "1");
    run_sample("443", "ooooowo-", "2");
    puts("2 passed");
    return 0;
}
