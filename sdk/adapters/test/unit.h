/* What the files of the unit tests share. */
#ifndef COVEN_UNIT_H
#define COVEN_UNIT_H
#include "../netdev/netdev.h"

void check(bool good, const char *what);
void contexts(void);
#endif
