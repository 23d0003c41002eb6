/* memif 2.0 (engine/memif, engine/memif-c): one interface, in either role. */
#ifndef COVEN_MEMIF_H
#define COVEN_MEMIF_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

typedef struct coven_memif coven_memif;
coven_memif *coven_memif_open(const char *socket, uint32_t id, bool server, char *error, size_t room);
void coven_memif_close(coven_memif *it);
int coven_memif_descriptor(const coven_memif *it);
bool coven_memif_is_up(const coven_memif *it);
void coven_memif_tend(coven_memif *it);
void coven_memif_watch(coven_memif *it, bool watched);
uint32_t coven_memif_give(coven_memif *it, const struct iovec *packets, uint32_t count);
uint32_t coven_memif_take(coven_memif *it, uint8_t *to, uint32_t room, uint8_t **at, uint64_t *skipped);
void coven_memif_release(coven_memif *it);
#endif
