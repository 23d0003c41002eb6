/** @file
 * libuv, which Node exports to addons: its own header where Node's headers are installed.
 * npm's node-api-headers have no uv.h: then the few functions that the loop needs are declared here.
 */
#ifndef COVEN_NODE_EVENTS_H
#define COVEN_NODE_EVENTS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if __has_include(<uv.h>)
#include <uv.h>

/** Has something asked libuv to watch a descriptor that its epoll does not know yet? Only uv_run tells it. */
static inline bool events_unwatched(const uv_loop_t *events) {
    const void *next; /* a queue is two pointers, the first to the next element; empty: to itself */
    memcpy(&next, &events->watcher_queue, sizeof next);
    return next != &events->watcher_queue;
}
#else
typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef struct uv_poll_s uv_poll_t;
typedef struct uv_idle_s uv_idle_t;
typedef enum { UV_IDLE = 6, UV_POLL = 8 } uv_handle_type; /* stable in libuv 1.x */
enum { UV_READABLE = 1 };
size_t uv_handle_size(uv_handle_type type);
int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
int uv_poll_start(uv_poll_t *handle, int events, void (*ready)(uv_poll_t *handle, int status, int events));
int uv_poll_stop(uv_poll_t *handle);
int uv_idle_init(uv_loop_t *loop, uv_idle_t *handle);
int uv_idle_start(uv_idle_t *handle, void (*idle)(uv_idle_t *handle));
int uv_idle_stop(uv_idle_t *handle);
int uv_backend_fd(const uv_loop_t *loop);
int uv_backend_timeout(const uv_loop_t *loop);
void uv_update_time(uv_loop_t *loop);
void uv_close(uv_handle_t *handle, void (*closed)(uv_handle_t *handle));

/* Cannot be told without the loop's layout: sleep in libuv then, one system call dearer. */
static inline bool events_unwatched(const uv_loop_t *events) {
    (void)events;
    return true;
}
#endif
#endif
