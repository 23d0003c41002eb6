/* What an engine in JavaScript needs of the system (spec/channel.md sections 1 and 3): memory to share, and bells. */
#include "glue.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static napi_value fail(napi_env env, const char *what) {
    char text[PATH_MAX + 128];
    snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
    napi_throw_error(env, NULL, text);
    return NULL;
}

static void unmap(napi_env env, void *memory, void *size) {
    (void)env;
    munmap(memory, (size_t)size);
}

/* A sealed memfd of `size` bytes, all zero; -1 where the system refuses. */
static int sealed(size_t size) {
    int fd = memfd_create("coven-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd >= 0 && (ftruncate(fd, (off_t)size) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))) {
        close(fd);
        return -1;
    }
    return fd;
}

/** segment(bytes): {fd, memory}. The mapping goes with the array buffer, the descriptor is the caller's to close. */
napi_value host_segment(napi_env env, napi_callback_info info) {
    napi_value argument, result, value;
    size_t count = 1;
    uint32_t size = 0;
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    if (napi_get_value_uint32(env, argument, &size) != napi_ok || !size) return errno = EINVAL, fail(env, "the channel's size");
    int fd = sealed(size);
    void *memory = fd < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        fail(env, "no memory for the channel");
        if (fd >= 0) close(fd);
        return NULL;
    }
    napi_create_object(env, &result);
    napi_create_int32(env, fd, &value);
    napi_set_named_property(env, result, "fd", value);
    if (napi_create_external_arraybuffer(env, memory, size, unmap, (void *)(size_t)size, &value) != napi_ok) {
        munmap(memory, size);
        close(fd);
        return errno = ENOTSUP, fail(env, "external array buffers");
    }
    napi_set_named_property(env, result, "memory", value);
    return result;
}

/** yield(): lets whoever else wants this CPU have it first (spec/channel.md section 3). */
napi_value host_yield(napi_env env, napi_callback_info info) {
    (void)env, (void)info;
    sched_yield();
    return NULL;
}

/** bell(path): makes the FIFO. */
napi_value host_bell(napi_env env, napi_callback_info info) {
    napi_value argument;
    size_t count = 1, length;
    char path[PATH_MAX];
    napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
    if (napi_get_value_string_utf8(env, argument, path, sizeof path, &length) != napi_ok) return errno = EINVAL, fail(env, "the bell's path");
    if (mkfifo(path, 0600)) return fail(env, path);
    return NULL;
}
