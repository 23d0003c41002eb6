from typing import Any, Callable, Dict, Generic, Iterator, List, Optional, Tuple, TypeVar, Union, overload

from coven._verdict import Verdict

Bytes = bytes  # Packet has a method of that name
Writable = Union[bytes, bytearray, memoryview]
V = TypeVar("V")

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
    def context(self) -> Context:
        """The 16 context bytes."""
    @property
    def ethernet(self) -> Optional[Ethernet]:
        """A view of the header in place; None where the packet has no such header, or it is cut short. So are the others."""
    @property
    def vlan(self) -> Optional[Vlan]:
        """The outermost tag."""
    @property
    def ipv4(self) -> Optional[Ipv4]: ...
    @property
    def ipv6(self) -> Optional[Ipv6]: ...
    @property
    def tcp(self) -> Optional[Tcp]: ...
    @property
    def udp(self) -> Optional[Udp]: ...
    @property
    def icmp(self) -> Optional[Icmp]:
        """ICMP or ICMPv6."""
    @property
    def payload(self) -> Optional[memoryview]:
        """What stands behind TCP, UDP or ICMP, without Ethernet's padding, in place. After writing there call `update_checksums`."""
    @property
    def nsh(self) -> Optional[Nsh]:
        """The Network Service Header that it came with."""
    @property
    def flow(self) -> Optional[Flow]:
        """The 5-tuple, which may be kept. None where there is no IP."""
    def update_checksums(self) -> bool:
        """Compute the checksums anew. False if there is no transport header, or the datagram is not whole."""
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
    def __setitem__(self, key: slice, value: Writable) -> None: ...
    def __buffer__(self, flags: int) -> memoryview: ...

class Context:
    """The 16 context bytes of a packet: by index and slice (copies), and by the fields of the layout that vnf.yaml gives the component.

    A field of up to 64 bits is an int, a wider one bytes. OverflowError: the value does not fit; AttributeError names the fields there are.
    """

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[int]: ...
    @overload
    def __getitem__(self, key: int) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> bytes: ...
    @overload
    def __setitem__(self, key: int, value: int) -> None: ...
    @overload
    def __setitem__(self, key: slice, value: Writable) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    def __setattr__(self, name: str, value: Union[int, Writable]) -> None: ...
    def __buffer__(self, flags: int) -> memoryview: ...

class Ethernet:
    destination: bytes
    source: bytes
    destination_text: str
    source_text: str
    @property
    def type(self) -> int:
        """The first EtherType that is no VLAN tag."""

class Vlan:
    id: int
    priority: int
    @property
    def inner(self) -> Optional[Vlan]: ...

class Ipv4:
    """Writing a field changes the header's checksum, and for addresses that of TCP and UDP."""

    source: int
    destination: int
    source_text: str
    destination_text: str
    ttl: int
    dscp: int
    ecn: int
    identification: int
    @property
    def protocol(self) -> int: ...
    @property
    def total_length(self) -> int: ...
    @property
    def header_length(self) -> int:
        """Bytes."""
    @property
    def dont_fragment(self) -> bool: ...
    @property
    def more_fragments(self) -> bool: ...
    @property
    def fragment_offset(self) -> int:
        """In units of 8 bytes."""

class Ipv6:
    source: bytes
    destination: bytes
    source_text: str
    destination_text: str
    hop_limit: int
    dscp: int
    ecn: int
    flow_label: int
    @property
    def next_header(self) -> int:
        """What stands behind the extension headers."""
    @property
    def payload_length(self) -> int: ...

class Tcp:
    """Writing a field changes the checksum."""

    source_port: int
    destination_port: int
    sequence: int
    acknowledgment: int
    flags: int
    window: int
    @property
    def fin(self) -> bool: ...
    @property
    def syn(self) -> bool: ...
    @property
    def rst(self) -> bool: ...
    @property
    def psh(self) -> bool: ...
    @property
    def ack(self) -> bool: ...
    @property
    def urg(self) -> bool: ...
    @property
    def header_length(self) -> int:
        """Bytes."""

class Udp:
    source_port: int
    destination_port: int
    @property
    def length(self) -> int: ...

class Icmp:
    type: int
    code: int

class Nsh:
    """The Network Service Header of a packet at an `aware` connection point; at a `proxy` its metadata can be read, not changed.
    `coven.nsh` names classes and types."""

    @property
    def spi(self) -> int: ...
    @property
    def si(self) -> int: ...
    @property
    def ttl(self) -> int: ...
    @property
    def oam(self) -> bool: ...
    @property
    def md_type(self) -> int: ...
    @property
    def next_protocol(self) -> int: ...
    @property
    def length(self) -> int:
        """Bytes of the whole header."""
    def metadata(self) -> List[Tuple[int, int, bytes]]:
        """(class, type, value) of MD type 2, in order, unknown ones included."""
    def get(self, md_class: int, type: int, /) -> Optional[bytes]:
        """The first value of a class and type."""
    def set(self, md_class: int, type: int, value: Writable, /) -> bool:
        """Replace the first value, or add one at the end. False, and nothing changed, where it does not fit (127 bytes of value, 252 of
        header, the room in front of the packet) or there is no MD type 2 inside the packet. BufferError while a view of it is in use."""
    def remove(self, md_class: int, type: int, /) -> bool:
        """Take the first away. False if there is none, or none can be."""

class Flow:
    """A 5-tuple: compared, hashed and printed by value. Ports are 0 where there are none, as in fragments."""

    def __init__(self, protocol: int, source: str, destination: str, source_port: int = 0, destination_port: int = 0) -> None: ...
    @property
    def protocol(self) -> int: ...
    @property
    def source(self) -> Union[int, bytes]:
        """A 32-bit number for IPv4, 16 bytes for IPv6."""
    @property
    def destination(self) -> Union[int, bytes]: ...
    @property
    def source_text(self) -> str: ...
    @property
    def destination_text(self) -> str: ...
    @property
    def source_port(self) -> int: ...
    @property
    def destination_port(self) -> int: ...
    @property
    def reversed(self) -> Flow:
        """The same conversation, from the other side."""
    def __hash__(self) -> int: ...

class FlowTable(Generic[V]):
    """Values by flow, bounded; `coven.flow_table` says more."""

    def __init__(self, capacity: int, timeout: float, symmetric: bool = True) -> None: ...
    def get(self, flow: Union[Packet, Flow]) -> Optional[V]:
        """Its value, which is now the latest used."""
    def put(self, flow: Union[Packet, Flow], value: V) -> None:
        """ValueError for a packet without IP."""
    def remove(self, flow: Union[Packet, Flow]) -> Optional[V]:
        """The value that it had."""
    def clear(self) -> int:
        """How many there were."""
    def items(self) -> Iterator[Tuple[Flow, V]]:
        """From the latest used; a flow as its first packet went. RuntimeError if the table is used meanwhile."""
    def __iter__(self) -> Iterator[Flow]: ...
    def __len__(self) -> int: ...
    @property
    def size(self) -> int: ...
    @property
    def expired(self) -> int: ...
    @property
    def evicted(self) -> int: ...

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
    def set_verdict(self, verdict: int, where: Writable = ...) -> int:
        """For every packet, or those whose byte in `where` is not 0. Returns how many."""

class Counter:
    """A counter that operators see."""

    def add(self, amount: int = 1) -> None: ...
    @property
    def value(self) -> int: ...

class Histogram:
    """How often values fell where; operators see it."""

    def __init__(self, bounds: Tuple[int, ...]) -> None: ...
    def record(self, value: int) -> None: ...
    @property
    def value(self) -> Dict[str, Any]:
        """`count`, `sum`, and `buckets`: [upper bound, how many up to it and above the one before]."""

def attach(is_last: bool) -> None:
    """Attach by the environment, and say so. ConnectionError with the reason if that can't be. `run` does it by itself."""

def detach() -> None:
    """Return what is held, and leave."""

def run(function: Callable[..., object], report: Callable[[BaseException], None], in_bursts: bool) -> None: ...
def join(function: Callable[..., object], report: Callable[[BaseException], None], in_bursts: bool) -> None: ...
def turn() -> int: ...
def step(function: Callable[..., object], report: Callable[[BaseException], None], in_bursts: bool) -> bool: ...
def report_failure(text: str) -> bool:
    """Within `report`: tell of the exception, and keep its packet in COVEN_FAILURES. True: it was told, and the stack may follow."""

def event_fd() -> int:
    """A descriptor that is readable when `step` should be called. See `coven.step`."""

def arm() -> bool:
    """Before sleeping on `event_fd`. False: there is work already."""

def disarm() -> None:
    """After sleeping on `event_fd`."""

def packet_new(length: int, like: Optional[Packet] = None) -> Optional[Packet]:
    """A packet of one's own: `length` zero bytes, zero context, the lane of `like`. Needs `creates: true`; None if none is to be had."""

def set_layout(text: str) -> None:
    """The fields of the context, as in COVEN_CONTEXT; "" for none. ValueError says what is wrong."""

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
