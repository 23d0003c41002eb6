"""Makes the vectors of this folder with Scapy, which knows nothing of the SDKs: pip install scapy==2.8.0; python3 make.py."""
import json
from pathlib import Path

from frames import headers
from layouts import context
from nsh import metadata
from waits import waits
from writes import writes

HERE = Path(__file__).parent


def save(name, what, vectors):
    body = ",\n".join(json.dumps(vector) for vector in vectors)
    (HERE / name).write_text(f'{{\n"what": {json.dumps(what)},\n"vectors": [\n{body}\n]\n}}\n')


if __name__ == "__main__":
    save("headers.json", "Frames, and the views and flow of each (spec/sdk.md). null: absent. ipv4 addresses are numbers, ipv6 addresses and payload hex.", headers())
    save("writes.json", "Frames, steps in order, and the frame after them. partial: CSUM_PARTIAL is set, with csum_start and csum_offset. update_checksums: what it returns.", writes())
    save("context.json", "Layouts of COVEN_CONTEXT: numbers of up to 64 bits in hex with 0x, wider ones as bytes; errors: what is refused.", context())
    save("nsh.json", "Frames with an NSH at `at`, its fields and metadata [class, type, value, U bit], and the frame after the steps; ok: what each step returns.", metadata())
    save("waits.json", "Waits in turn, the mean after each, and whether the consumer spins before the next one; first: before the first.", waits())
