/* What people see when a component misbehaves: a line once a second, and the packets that caused it in a capture (spec/sdk.md). */
#include "channel.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PACKETS_MAX = 64, BYTES_MAX = 1 << 20, FILE_HEADER = 24, PACKET_HEADER = 16, PAUSE_NS = 1000000000 };
static const uint32_t file_header[6] = {0xA1B23C4D, 4u << 16 | 2, 0, 0, 65535, 1}; /* pcap, nanoseconds, Ethernet */

#define kept (cvn_me->failures)

/* Packets in a capture of a process before this one; more than allowed if it is none of ours. */
static unsigned count_packets(int fd, off_t size) {
    uint32_t header[6];
    unsigned count = 0;
    if (pread(fd, header, sizeof header, 0) != FILE_HEADER || memcmp(header, file_header, 8)) return PACKETS_MAX;
    for (off_t at = FILE_HEADER; at < size && count < PACKETS_MAX; count++) {
        if (pread(fd, header, PACKET_HEADER, at) != PACKET_HEADER || header[2] > 65535) return PACKETS_MAX;
        at += PACKET_HEADER + (off_t)header[2];
    }
    return count;
}

static void open_capture(void) {
    const char *folder = getenv("COVEN_FAILURES"), *name = coven_component_name();
    struct stat status;
    kept.opened = true;
    kept.fd = -1;
    if (!folder || !*folder || strchr(name, '/') || snprintf(kept.path, sizeof kept.path, "%s/%s.pcap", folder, name) >= (int)sizeof kept.path) return;
    kept.fd = open(kept.path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = kept.fd >= 0 && !fstat(kept.fd, &status) && S_ISREG(status.st_mode);
    if (good && !status.st_size) good = write(kept.fd, file_header, sizeof file_header) == FILE_HEADER;
    if (!good) {
        fprintf(cvn_log(), "%s: no capture of failures is kept: %s: %s\n", name, kept.path, strerror(errno));
        if (kept.fd >= 0) close(kept.fd);
        kept.fd = -1;
        return;
    }
    kept.size = status.st_size ? status.st_size : FILE_HEADER;
    kept.packets = count_packets(kept.fd, kept.size);
}

/* The number of the packet in the capture, from 1; 0 if it is not kept. */
static unsigned keep(const coven_packet *packet) {
    uint8_t record[PACKET_HEADER + 65536];
    if (!kept.opened) open_capture();
    off_t length = PACKET_HEADER + (off_t)packet->length;
    if (kept.fd < 0 || kept.packets >= PACKETS_MAX || packet->length > 65535 || kept.size + length > BYTES_MAX) return 0;
    uint64_t time = coven_time_ns(packet);
    const uint32_t header[4] = {(uint32_t)(time / 1000000000), (uint32_t)(time % 1000000000), packet->length, packet->length};
    memcpy(record, header, PACKET_HEADER);
    memcpy(record + PACKET_HEADER, packet->data, packet->length);
    if (write(kept.fd, record, (size_t)length) != length) return 0;
    kept.size += length;
    return ++kept.packets;
}

/* What other processes may read of the line is one line, whatever the author's error says. */
static void tell(const char *what, unsigned number) {
    fprintf(cvn_log(), "%s: %.*s; the packet is dropped", coven_component_name(), (int)strcspn(what, "\r\n"), what);
    if (number) fprintf(cvn_log(), ", and kept as number %u of %s", number, kept.path);
    if (kept.silenced) fprintf(cvn_log(), " (%llu more failures since the last report)", (unsigned long long)kept.silenced);
    fprintf(cvn_log(), "\n");
}

bool coven_report_failure(const coven_packet *packet, const char *what) {
    unsigned number = keep(packet);
    uint64_t now = cvn_now();
    if (now < kept.quiet_until) {
        kept.silenced++;
        return false;
    }
    tell(what, number);
    kept.quiet_until = now + PAUSE_NS;
    kept.silenced = 0;
    return true;
}

void cvn_no_output(const coven_packet *packet, coven_verdict verdict) {
    char what[512];
    int length = snprintf(what, sizeof what, "verdict %u is no output of this component: there are", verdict);
    for (unsigned i = 0; i < coven_output_count() && length < (int)sizeof what; i++)
        length += snprintf(what + length, sizeof what - (size_t)length, " %u (%s),", i, coven_output_name(i));
    if (length < (int)sizeof what) snprintf(what + length, sizeof what - (size_t)length, " %u (drop)", COVEN_DROP);
    cvn_count(COVEN_COUNTER_ERRORS, 1);
    cvn_error(COVEN_ERROR_AUTHOR, verdict);
    coven_report_failure(packet, what);
}

void cvn_forget_failures(void) {
    if (kept.opened && kept.fd >= 0) close(kept.fd);
    memset(&kept, 0, sizeof kept);
}
