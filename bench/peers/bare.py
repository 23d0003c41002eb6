"""The peer `bare` in Python: the forwarder's loop over rings with what Python has, memoryviews over shared memory. It reads the
EtherType of every packet and counts it; no checks, no ledger, no owners, and it never parks. Started by bare.c, which is source
and sink and maps the same memory (descriptor 3; its bell is 5). Python has no atomics: this trusts that the stores of x86 stay in order."""
import mmap
import os

CAPACITY, BURST, BACK, PARK, OVER, POOL = 1024, 32, 8448, 16896, 17152, 20480
HEAD, TAIL, SLOTS = 0, 128, 256
FRAME_WORDS = 1024

memory = memoryview(mmap.mmap(3, os.fstat(3).st_size))
words = memory[:POOL].cast("I")
incoming = memory[SLOTS : SLOTS + 8 * CAPACITY].cast("Q")
outgoing = memory[BACK + SLOTS : BACK + SLOTS + 8 * CAPACITY].cast("Q")
pool = memory[POOL:].cast("H")


def main() -> None:
    taken = posted = counted = 0
    head_in, tail_in, head_out, tail_out, park, over = HEAD // 4, TAIL // 4, (BACK + HEAD) // 4, (BACK + TAIL) // 4, PARK // 4, OVER // 4
    ipv4 = int.from_bytes(b"\x08\x00", "little")
    while not words[over]:
        at, to = taken % CAPACITY, posted % CAPACITY
        ready = min(BURST, (words[head_in] - taken) & 0xFFFFFFFF, CAPACITY - at, CAPACITY - to)
        if not ready or CAPACITY - ((posted - words[tail_out]) & 0xFFFFFFFF) < ready:
            os.sched_yield()
            continue
        burst = incoming[at : at + ready].tolist()
        outgoing[to : to + ready] = incoming[at : at + ready]
        taken += ready
        words[tail_in] = taken & 0xFFFFFFFF
        counted += [pool[(d & 0x3FFFFF) * FRAME_WORDS + (d >> 33 & 0x7FFF) + 6] for d in burst].count(ipv4)
        posted += ready
        words[head_out] = posted & 0xFFFFFFFF
        if words[park]:
            words[park] = 0
            os.write(5, b"!")
    if not counted:
        raise SystemExit("bare: no packet was seen")


main()
