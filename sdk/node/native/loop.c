/* The run loop between libuv and the channel.
 *
 * libuv enters by the poll handle (the bell rang) or the idle handle (there is more to do). Then JavaScript drains the channel, one
 * native call a burst. When the channel is empty the thread waits here, on the bell and on libuv's own epoll at once: cheaper than
 * a turn of libuv for each wake-up. After 64 bursts, or a millisecond of work, libuv gets a turn, so timers and sockets of the
 * author live; promises run whenever JavaScript has returned, so before each wait. */
#include "events.h"
#include "glue.h"
#include <stdlib.h>
#include <time.h>

enum { BURSTS_MAX = 64 };
static const int64_t work_ns_max = 1000000;

static struct {
    napi_env env;
    napi_ref turn;
    napi_async_context context;
    uv_loop_t *events;
    uv_poll_t *bell;
    uv_idle_t *again;
    unsigned bursts;
    int64_t deadline_ns; /* of the work since libuv's last turn; waiting moves it */
    enum { IDLE, BUSY, STOP } left;
    bool open, armed, inside;
} loop;

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int loop_next(void) {
    if (!loop.open) return 0;
    burst_settle();
    if (!coven_pass()) {
        loop.left = STOP;
        return coven_failed() ? -2 : -1;
    }
    loop.left = BUSY;
    if (++loop.bursts > BURSTS_MAX || now_ns() >= loop.deadline_ns) return 0;
    int count = burst_take();
    if (count == 0) loop.left = IDLE;
    return count;
}

/** Run JavaScript's turn, then the promises that it left. */
static void call_turn(void) {
    napi_handle_scope scope;
    napi_value turn, global, result, error;
    napi_open_handle_scope(loop.env, &scope);
    napi_get_reference_value(loop.env, loop.turn, &turn);
    napi_get_global(loop.env, &global);
    napi_status status = napi_make_callback(loop.env, loop.context, global, turn, 0, NULL, &result);
    if (status == napi_pending_exception && napi_get_and_clear_last_exception(loop.env, &error) == napi_ok)
        napi_fatal_exception(loop.env, error);
    napi_close_handle_scope(loop.env, scope);
}

/** Sleep until there may be packets; false if libuv has something to do. */
static bool wait_here(void) {
    if (events_unwatched(loop.events)) return false;
    uv_update_time(loop.events);
    int timeout_ms = uv_backend_timeout(loop.events);
    if (timeout_ms == 0) return false;
    int64_t before = now_ns();
    int found = coven_wait(uv_backend_fd(loop.events), timeout_ms);
    loop.deadline_ns += now_ns() - before;
    return found == 1;
}

static void go_on(uv_idle_t *handle);

static void work(void) {
    loop.bursts = 0;
    loop.deadline_ns = now_ns() + work_ns_max;
    do call_turn();
    while (loop.open && loop.left == IDLE && wait_here());
}

static void enter(void) {
    if (loop.armed) coven_disarm();
    uv_idle_stop(loop.again);
    loop.inside = true;
    work();
    loop.inside = false;
    if (!loop.open) return;
    loop.armed = loop.left == IDLE && coven_arm();
    if (!loop.armed) uv_idle_start(loop.again, go_on);
}

/* What was posted while the thread would sleep in libuv: the next pass publishes it. */
void loop_wake(void) {
    if (loop.open && !loop.inside) uv_idle_start(loop.again, go_on);
}

static void go_on(uv_idle_t *handle) {
    (void)handle;
    enter();
}

static void rung(uv_poll_t *handle, int status, int events) {
    (void)handle, (void)status, (void)events;
    enter();
}

static void begin(uv_idle_t *handle) {
    (void)handle;
    coven_ready();
    enter();
}

static bool watch(void) {
    loop.bell = malloc(uv_handle_size(UV_POLL));
    loop.again = malloc(uv_handle_size(UV_IDLE));
    return loop.bell && loop.again && uv_poll_init(loop.events, loop.bell, coven_event_fd()) == 0 &&
           uv_poll_start(loop.bell, UV_READABLE, rung) == 0 && uv_idle_init(loop.events, loop.again) == 0 &&
           uv_idle_start(loop.again, begin) == 0;
}

bool loop_open(napi_env env, napi_value turn) {
    napi_value name;
    loop.env = env;
    napi_create_reference(env, turn, 1, &loop.turn);
    napi_create_string_utf8(env, "coven", NAPI_AUTO_LENGTH, &name);
    loop.open = napi_async_init(env, NULL, name, &loop.context) == napi_ok && napi_get_uv_event_loop(env, &loop.events) == napi_ok && watch();
    return loop.open;
}

void loop_close(void) {
    if (!loop.open) return;
    loop.open = false;
    uv_poll_stop(loop.bell);
    uv_idle_stop(loop.again);
}
