"""Tables of flows that operators see."""
from typing import TypeVar

from coven._core import FlowTable
from coven._items import counter, gauge

V = TypeVar("V")


def flow_table(name: str, capacity: int, timeout: float, symmetric: bool = True) -> "FlowTable[V]":
    """A table from flows to values, of at most `capacity` entries; one unused for `timeout` seconds is gone, and when the table is
    full the one unused for longest goes. With `symmetric` both directions of a conversation are one entry. Time is that of the packets.

    Publishes the gauge NAME_flows and the counters NAME_expired and NAME_evicted. `FlowTable(...)` is the same, unpublished.
    """
    table: "FlowTable[V]" = FlowTable(capacity, timeout, symmetric)
    gauge(f"{name}_flows", "flows", f"entries in the table, at most {capacity}", read=lambda: table.size)
    counter(f"{name}_expired", "flows", f"entries unused for {timeout:g} s", read=lambda: table.expired)
    counter(f"{name}_evicted", "flows", "entries that made room for others", read=lambda: table.evicted)
    return table
