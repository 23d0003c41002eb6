/* coven-memif: a component that speaks memif, unmodified, between two ends of the channel (docs/memif.md): as coven-netdev, but its
 * interfaces are memif sockets in a folder, FOLDER/in.sock and FOLDER/OUTPUT.sock. */
#ifndef COVEN_ADAPTER_MEMIF_H
#define COVEN_ADAPTER_MEMIF_H
#include "../netdev/netdev.h"

/* Before interfaces_open: where the sockets are, and whether the adapter listens at them or connects. */
void memif_place(const char *folder, bool server);
/* Has the program connected to all of them? */
bool interfaces_are_up(void);
/* Sockets that the adapter made go. */
void interfaces_close(void);
#endif
