/* What no component should do: an allocation and a system call for every packet. What counts them (bench/src/calls.test.ts) must see it. */
#include <coven/nf.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void waste(coven_packet *packets, unsigned number, void *state) {
    (void)packets, (void)state;
    for (unsigned i = 0; i < number; i++) {
        void *volatile memory = malloc(64);
        free(memory);
        syscall(SYS_getppid);
    }
}

int main(void) { return coven_run_burst(waste, NULL); }
