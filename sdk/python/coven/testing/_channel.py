"""A channel within one process (spec/channel.md): this module is its engine, the component under test attaches to it as to any other."""
import mmap
import os
import struct
import tempfile
from contextlib import contextmanager
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence

from coven import _core
from coven import _layout as layout

FRAMES, LENT, FRAME_SIZE = 40, 8, 65536  # a frame takes the largest packet that a capture may hold
LENGTH_MAX = FRAME_SIZE - layout.LIMITS_DATA_OFFSET_DEFAULT
_SLOT, _SLOTS = 1, 2


class Arrival(NamedTuple):
    """A descriptor that came out: on the ring of an output, or home with a reason (output None)."""

    frame: int
    output: Optional[int]
    reason: int
    data: bytes


class _Ring:
    """One ring of the segment, its other end in the component's hands."""

    def __init__(self, role: int, number: int, output: int, limit: int, at: int) -> None:
        self.role, self.number, self.output, self.limit, self.at, self.cursor = role, number, output, limit, at, 0
        self.log2 = (limit + layout.LIMITS_EDGE_SLACK - 1).bit_length()

    @property
    def end(self) -> int:
        size = layout.RING_OFF_SLOTS + 8 * (1 << self.log2)
        return self.at + (size + layout.CHANNEL_LINE - 1) // layout.CHANNEL_LINE * layout.CHANNEL_LINE

    def slot(self) -> int:
        return self.at + layout.RING_OFF_SLOTS + 8 * (self.cursor % (1 << self.log2))


def _pages(size: int) -> int:
    return (size + layout.CHANNEL_PAGE - 1) // layout.CHANNEL_PAGE * layout.CHANNEL_PAGE


class Channel:
    """Shared memory, bells, and the engine's ends of the rings. `with channel.attached():` around what the component does."""

    def __init__(self, outputs: Sequence[str]) -> None:
        self.outputs = list(outputs)
        self._slots = layout.CHANNEL_PAGE
        self._rings_at = self._slots + _SLOTS * layout.CHANNEL_PAGE
        self._plan()
        self._meta = self._rings_at + self._rings_len
        self._own = self._meta + _pages(FRAMES * layout.META_SIZE)
        self._pool = self._own + _pages(FRAMES * 8)
        self._size = self._pool + FRAMES * FRAME_SIZE
        self._free = list(range(FRAMES))
        self._lent = 0
        self._descriptor = os.memfd_create("coven-testing", os.MFD_CLOEXEC)
        os.ftruncate(self._descriptor, self._size)
        self._memory = mmap.mmap(self._descriptor, self._size)
        self._write_header()
        self._write_edges()

    def close(self) -> None:
        self._memory.close()
        os.close(self._descriptor)

    # ---- layout ----

    def _plan(self) -> None:
        at, self._rings = self._rings_at, []
        wanted = [(layout.ROLE_IN, 0, FRAMES), (layout.ROLE_RETURN, 0, FRAMES), (layout.ROLE_ALLOC, 0, LENT)]
        wanted += [(layout.ROLE_OUT, output, FRAMES) for output in range(len(self.outputs))]
        for number, (role, output, limit) in enumerate(wanted, 1):
            self._rings.append(_Ring(role, number, output, limit, at))
            at = self._rings[-1].end
        self._in, self._back, self._alloc, *self._out = self._rings
        self._rings_len = _pages(at - self._rings_at)

    def _put(self, form: str, at: int, value: int) -> None:
        struct.pack_into("<" + form, self._memory, at, value)

    def _get(self, form: str, at: int) -> int:
        return int(struct.unpack_from("<" + form, self._memory, at)[0])

    def _write_header(self) -> None:
        for form, at, value in (
            ("Q", layout.HEADER_OFF_MAGIC, layout.CHANNEL_MAGIC),
            ("H", layout.HEADER_OFF_MAJOR, layout.CHANNEL_MAJOR),
            ("H", layout.HEADER_OFF_MINOR, layout.CHANNEL_MINOR),
            ("I", layout.HEADER_OFF_HEADER_LEN, layout.CHANNEL_PAGE),
            ("Q", layout.HEADER_OFF_SEGMENT_SIZE, self._size),
            ("I", layout.HEADER_OFF_FRAME_COUNT, FRAMES),
            ("I", layout.HEADER_OFF_FRAME_SIZE, FRAME_SIZE),
            ("I", layout.HEADER_OFF_DATA_OFFSET, layout.LIMITS_DATA_OFFSET_DEFAULT),
            ("I", layout.HEADER_OFF_EDGE_LIMIT, FRAMES),
            ("I", layout.HEADER_OFF_SLOT_COUNT, _SLOTS),
            ("I", layout.HEADER_OFF_SLOT_STRIDE, layout.CHANNEL_PAGE),
            ("Q", layout.HEADER_OFF_OFF_SLOTS, self._slots),
            ("Q", layout.HEADER_OFF_OFF_META, self._meta),
            ("Q", layout.HEADER_OFF_OFF_OWN, self._own),
            ("Q", layout.HEADER_OFF_OFF_POOL, self._pool),
            ("Q", layout.HEADER_OFF_OFF_RINGS, self._rings_at),
            ("Q", layout.HEADER_OFF_RINGS_LEN, self._rings_len),
            ("I", layout.HEADER_OFF_STATE, layout.CHANNEL_STATE_RUNNING),
            ("I", layout.HEADER_OFF_ENGINE_PID, os.getpid()),
        ):
            self._put(form, at, value)

    def _write_edges(self) -> None:
        at = self._slots + _SLOT * layout.CHANNEL_PAGE + layout.SLOT_OFF_EDGES
        for ring in self._rings:
            for form, offset, value in (
                ("I", layout.EDGE_OFF_RING, ring.at // layout.CHANNEL_RING_UNIT),
                ("H", layout.EDGE_OFF_ID, ring.number),
                ("B", layout.EDGE_OFF_ROLE, ring.role),
                ("H", layout.EDGE_OFF_OUTPUT, ring.output),
                ("B", layout.EDGE_OFF_CAP_LOG2, ring.log2),
                ("I", layout.EDGE_OFF_LIMIT, ring.limit),
            ):
                self._put(form, at + offset, value)
            at += layout.EDGE_SIZE

    # ---- attaching ----

    @contextmanager
    def attached(self) -> Iterator[None]:
        """The component holds the other ends: in this process, by the environment, as on the platform."""
        with tempfile.TemporaryDirectory(prefix="coven-testing-") as folder:
            for slot in range(_SLOTS):
                os.mkfifo(os.path.join(folder, f"bell.{slot}"), 0o600)
            with _environment(self._names(folder)), _same_process_group():
                _core.attach(True)
            try:
                yield
            finally:
                _core.detach()
                self._take_back()

    def _names(self, folder: str) -> Dict[str, Optional[str]]:
        return {
            "COVEN_CHANNEL": f"/proc/self/fd/{self._descriptor}",
            "COVEN_SLOT": str(_SLOT),
            "COVEN_BELLS": folder,
            "COVEN_AGENT": None,
            "COVEN_OUTPUTS": ",".join(self.outputs),
        }

    # ---- the engine's ends ----

    def meta(self, index: int) -> int:
        """Where the metadata line of a frame is."""
        return self._meta + index * layout.META_SIZE

    def context(self, index: int) -> bytes:
        at = self.meta(index) + layout.META_OFF_CONTEXT
        return self._memory[at : at + layout.LIMITS_CONTEXT_BYTES]

    def mark(self, index: int) -> int:
        return self._get("I", self.meta(index) + layout.META_OFF_MARK)

    def send(self, data: bytes, line: bytes, headroom: int) -> int:
        """Put a packet on the component's input. Returns the number of its frame."""
        index, offset = self._free.pop(), layout.LIMITS_HEADROOM_MIN + headroom
        at = self._pool + index * FRAME_SIZE + offset
        self._memory[at : at + len(data)] = data
        self._memory[self.meta(index) : self.meta(index) + layout.META_SIZE] = line
        self._post(self._in, index | offset << layout.DESCRIPTOR_OFFSET_SHIFT | len(data) << layout.DESCRIPTOR_LENGTH_SHIFT)
        return index

    def lend(self) -> None:
        """Frames for packets of the component's own."""
        taken = self._get("I", self._alloc.at + layout.RING_OFF_TAIL)
        for _ in range(LENT - (self._alloc.cursor - taken)):
            self._post(self._alloc, self._free.pop() | layout.LIMITS_DATA_OFFSET_DEFAULT << layout.DESCRIPTOR_OFFSET_SHIFT)

    def receive(self) -> List[Arrival]:
        """What the component has handed on or dropped since. The frames stay out until `release`."""
        return [arrival for ring in (*self._out, self._back) for arrival in self._drain(ring)]

    def release(self, arrivals: Sequence[Arrival]) -> None:
        self._free += [arrival.frame for arrival in arrivals]

    def _post(self, ring: _Ring, descriptor: int) -> None:
        self._put("Q", ring.slot(), descriptor)
        ring.cursor += 1
        self._put("I", ring.at + layout.RING_OFF_HEAD, ring.cursor & 0xFFFFFFFF)

    def _drain(self, ring: _Ring) -> Iterator[Arrival]:
        while self._get("I", ring.at + layout.RING_OFF_HEAD) != ring.cursor & 0xFFFFFFFF:
            descriptor = self._get("Q", ring.slot())
            ring.cursor += 1
            self._put("I", ring.at + layout.RING_OFF_TAIL, ring.cursor & 0xFFFFFFFF)
            yield self._arrival(ring, descriptor)

    def _arrival(self, ring: _Ring, descriptor: int) -> Arrival:
        index = descriptor & (1 << layout.DESCRIPTOR_INDEX_BITS) - 1
        if ring is self._back:
            return Arrival(index, None, descriptor >> 32, b"")
        offset, length = descriptor >> layout.DESCRIPTOR_OFFSET_SHIFT & 0xFFFF, descriptor >> layout.DESCRIPTOR_LENGTH_SHIFT
        at = self._pool + index * FRAME_SIZE + offset
        return Arrival(index, ring.output, 0, self._memory[at : at + length])

    def _take_back(self) -> None:
        """Frames that the component gave back on leaving, and those it never took."""
        self.release(self.receive())
        at = self._get("I", self._alloc.at + layout.RING_OFF_TAIL)
        while self._alloc.cursor > at:
            self._alloc.cursor -= 1
            self._free.append(self._get("Q", self._alloc.slot()) & (1 << layout.DESCRIPTOR_INDEX_BITS) - 1)
        self._put("I", self._alloc.at + layout.RING_OFF_HEAD, self._alloc.cursor & 0xFFFFFFFF)


@contextmanager
def _environment(names: Dict[str, Optional[str]]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in names}
    _set(names)
    try:
        yield
    finally:
        _set(before)


def _set(names: Dict[str, Optional[str]]) -> None:
    for name, value in names.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def _same_process_group() -> Iterator[None]:
    """A component leaves the group of who starts it; a test must stay in its terminal's."""
    group = os.getpgrp()
    yield
    if os.getpgrp() != group:
        os.setpgid(0, group)
