#include "unit.h"
#include <stdlib.h>
#include <unistd.h>

static peer p;

static void refused(const char *wanted) {
    char error[256] = "";
    EQUAL(coven_attach(error, sizeof error), -1);
    check(strstr(error, wanted) != NULL, error, __FILE__, __LINE__);
    CHECK(!strchr(error, '\n'));
    EQUAL(shared(&p, COVEN_SLOT_OFF_PID), 0); /* it never said that it is attached */
    free_channel(&p);
}

static void header32(uint32_t offset, uint32_t value) {
    make_environment(&p, (options){0});
    memcpy(p.segment + offset, &value, sizeof value);
}

static void header64(uint32_t offset, uint64_t value) {
    make_environment(&p, (options){0});
    memcpy(p.segment + offset, &value, sizeof value);
}

TEST(attach_refuses_headers) {
    header64(COVEN_HEADER_OFF_MAGIC, 1), refused("magic");
    header32(COVEN_HEADER_OFF_MAJOR, 9), refused("version 9");
    header64(COVEN_HEADER_OFF_FEATURES_REQUIRED, 1), refused("features 0x1");
    header32(COVEN_HEADER_OFF_HEADER_LEN, 100), refused("shorter");
    header64(COVEN_HEADER_OFF_SEGMENT_SIZE, UINT64_MAX), refused("the segment has");
    header64(COVEN_HEADER_OFF_SEGMENT_SIZE, 8192), refused("do not fit");
    header32(COVEN_HEADER_OFF_FRAME_COUNT, 0), refused("0 frames");
    header32(COVEN_HEADER_OFF_FRAME_COUNT, 0x400000), refused("frames");
    header32(COVEN_HEADER_OFF_FRAME_COUNT, 0x3FFFFF), refused("do not fit");
    header32(COVEN_HEADER_OFF_FRAME_SIZE, 65600), refused("frames of 65600 bytes");
    header32(COVEN_HEADER_OFF_DATA_OFFSET, 4096), refused("data offset");
    header32(COVEN_HEADER_OFF_SLOT_COUNT, 65), refused("65 slots");
    header32(COVEN_HEADER_OFF_SLOT_COUNT, 3), refused("slots 1 to 2");
    header32(COVEN_HEADER_OFF_SLOT_STRIDE, 100), refused("slot stride");
    header64(COVEN_HEADER_OFF_OFF_POOL, UINT64_MAX - 4095), refused("frames");
    header64(COVEN_HEADER_OFF_OFF_META, 4097), refused("metadata");
    header64(COVEN_HEADER_OFF_OFF_META, 4096), refused("overlap");
    header64(COVEN_HEADER_OFF_RINGS_LEN, UINT64_MAX), refused("rings");
}

static void variable(const char *name, const char *value, const char *wanted) {
    make_environment(&p, (options){0});
    if (value) setenv(name, value, 1);
    else unsetenv(name);
    refused(wanted);
}

TEST(attach_refuses_environments) {
    variable("COVEN_SLOT", NULL, "COVEN_SLOT is not set");
    variable("COVEN_SLOT", "3x", "COVEN_SLOT is 3x");
    variable("COVEN_SLOT", "0", "COVEN_SLOT is 0");
    variable("COVEN_SLOT", "99", "COVEN_SLOT is 99");
    variable("COVEN_CHANNEL", "/nowhere", "/nowhere: No such file");
    variable("COVEN_CHANNEL", "/dev/null", "too short");
    variable("COVEN_BELLS", NULL, "COVEN_BELLS is not set");
    variable("COVEN_BELLS", "/", "bell.0: no FIFO");
    variable("COVEN_AGENT", "/dev/null", "no stale socket");
    variable("COVEN_AGENT", "/nowhere/agent.sock", "No such file");
}

TEST(attach_refuses_a_bad_table) {
    make_environment(&p, (options){0});
    entry_of(&p, 0, 1)[COVEN_EDGE_OFF_ROLE] = 9;
    refused("entry 1: unknown role");
}

TEST(attach_shows_itself) {
    open_channel(&p, (options){0});
    EQUAL(shared(&p, COVEN_SLOT_OFF_PID), getpid());
    EQUAL(shared(&p, COVEN_SLOT_OFF_SDK_VERSION), CVN_SDK_VERSION);
    EQUAL(shared(&p, COVEN_SLOT_OFF_FEATURES), COVEN_FEATURE_MARKERS | COVEN_FEATURE_FAN_OUT);
    EQUAL(shared(&p, COVEN_SLOT_OFF_STATE), COVEN_SLOT_STATE_ATTACHED);
    char error[256];
    EQUAL(coven_attach(error, sizeof error), -1);
    CHECK(strstr(error, "already"));
    EQUAL(getpgrp(), getpid()); /* a process group of its own */
    close_channel(&p);
}

TEST(names_of_outputs) {
    EQUAL(coven_to("out"), 0);
    EQUAL(coven_to("nowhere"), COVEN_DROP);
    TEXT(coven_output_name(0), "out");
    CHECK(!coven_output_name(99));
}
