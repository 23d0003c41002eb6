from typing import Callable, Iterator, List, Optional, Tuple, Union, overload

from coven._verdict import Verdict

Bytes = bytes  # Packet has a method of that name

FORWARD: int
DROP: int

class Packet:
    """A packet in the hands of this component, until the function returns; then any use raises ValueError.

    By index, slice and number it gives copies: packet[12], packet[0:6], packet.u16(12). Offsets beyond it raise IndexError.
    """

    @property
    def data(self) -> memoryview:
        """The bytes of the Ethernet frame, writable. It and its slices raise ValueError once the function has returned.
        Objects of other libraries over it (numpy.frombuffer) must not be kept: they can't be told."""
    @property
    def context(self) -> memoryview:
        """The 16 context bytes, writable; the same rules."""
    @property
    def length(self) -> int:
        """Bytes."""
    @property
    def flow_hash(self) -> int: ...
    @property
    def time_ns(self) -> int:
        """Arrival, nanoseconds since 1970."""
    @property
    def service_path(self) -> int:
        """Service path identifier << 8 | service index of the NSH it came with; 0 if none."""
    mark: int
    """32 bits that stay with the packet inside the VNF."""
    verdict: int
    """Burst form: where it goes."""
    def u8(self, offset: int) -> int: ...
    def u16(self, offset: int) -> int: ...
    def u32(self, offset: int) -> int: ...
    def put_u16(self, offset: int, value: int) -> None: ...
    def put_u32(self, offset: int, value: int) -> None: ...
    def bytes(self, offset: int = 0, count: int = ...) -> Bytes:
        """A copy of `count` bytes, or as many as there are, which may be none."""
    def grow_front(self, bytes: int) -> bool:
        """Make room in front (negative: cut off). False, and nothing changed, if there is none. BufferError while a view is in use."""
    def grow_back(self, bytes: int) -> bool:
        """The same at the end."""
    def clone(self) -> Optional["Packet"]:
        """A copy with its context, to be sent. Needs `creates: true`; None if none is to be had."""
    def send(self, output: int = 0) -> None:
        """Hand on a packet of one's own (packet_new, clone). Unsent ones go back when they are no longer referenced."""
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, key: int) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> Bytes: ...
    @overload
    def __setitem__(self, key: int, value: int) -> None: ...
    @overload
    def __setitem__(self, key: slice, value: Union[Bytes, bytearray, memoryview]) -> None: ...
    def __buffer__(self, flags: int) -> memoryview: ...

class Burst:
    """1 to 64 packets, until the function returns; then any use raises ValueError."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> Packet: ...
    def __iter__(self) -> Iterator[Packet]: ...
    def u8(self, offset: int) -> bytes:
        """That byte of every packet; 0 where a packet is shorter."""
    def u16(self, offset: int) -> List[int]:
        """Those two bytes of every packet, network order; 0 where a packet is shorter."""
    def context(self, index: int) -> bytes:
        """That context byte of every packet."""
    def set_verdict(self, verdict: int, where: Union[bytes, bytearray, memoryview] = ...) -> int:
        """For every packet, or those whose byte in `where` is not 0. Returns how many."""

class Counter:
    """A counter that operators see."""

    def add(self, amount: int = 1) -> None: ...
    @property
    def value(self) -> int: ...

def attach() -> None:
    """Attach by the environment, and say so. ConnectionError with the reason if that can't be. `run` does it by itself."""

def detach() -> None:
    """Return what is held, and leave."""

def run(function: Callable[..., object], report: Callable[[BaseException], None], in_bursts: bool) -> None: ...
def step(function: Callable[..., object], report: Callable[[BaseException], None], in_bursts: bool) -> bool: ...
def event_fd() -> int:
    """A descriptor that is readable when `step` should be called. See `coven.step`."""

def arm() -> bool:
    """Before sleeping on `event_fd`. False: there is work already."""

def disarm() -> None:
    """After sleeping on `event_fd`."""

def packet_new(length: int, like: Optional[Packet] = None) -> Optional[Packet]:
    """A packet of one's own: `length` zero bytes, zero context, the lane of `like`. Needs `creates: true`; None if none is to be had."""

def outputs() -> Tuple[str, ...]: ...
def component_name() -> str: ...
def publish(
    name: str,
    kind: str,
    type: str,
    unit: str,
    help: str,
    get: Optional[Callable[[], str]],
    set: Optional[Callable[[str], None]],
    call: Optional[Callable[[str], str]],
) -> None: ...
