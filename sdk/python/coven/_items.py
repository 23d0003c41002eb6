"""What a component shows to operators (spec/ea.md): counters, gauges, settings and commands.

Operators read and call them between bursts, on the thread of the author's function.
"""
import json
import re
from math import isfinite
from typing import Any, Callable, Dict, Generic, NamedTuple, Optional, Sequence, Tuple, TypeVar, Union, overload

from coven import _core
from coven._core import Counter, Histogram

Scalar = Union[bool, int, float, str]
T = TypeVar("T", bool, int, float, str)
F = TypeVar("F", bound=Callable[[str], Any])

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string"}


class _Item(NamedTuple):
    kind: str
    get: Optional[Callable[[], str]]
    set: Optional[Callable[[str], None]]
    call: Optional[Callable[[str], str]]


_published: Dict[Tuple[int, str], _Item] = {}  # of each component of the process
_is_local = False  # a test's process: there is no agent


def _publish(
    name: str,
    kind: str,
    type_name: str,
    unit: str,
    help: str,
    get: Optional[Callable[[], str]] = None,
    set: Optional[Callable[[str], None]] = None,
    call: Optional[Callable[[str], str]] = None,
) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", name):
        raise ValueError(f"{kind} {name!r}: a name is [a-z][a-z0-9_-]{{0,62}}")
    key = (_core.turn(), name)
    if key in _published:
        raise ValueError(f"{kind} {name!r}: the name is taken by another item of this component")
    if not _is_local:
        _core.publish(name, kind, type_name, unit, help, get, set, call)
    _published[key] = _Item(kind, get, set, call)


def _type_name(value_type: type, name: str) -> str:
    if value_type not in _TYPES:
        raise TypeError(f"{name!r}: a value is a bool, int, float or str, not {value_type.__name__}")
    return _TYPES[value_type]


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def counter(name: str, unit: str = "", help: str = "", read: Optional[Callable[[], int]] = None) -> Counter:
    """A counter: it only rises. With `read` its value is asked for when an operator looks, instead of being added up."""
    made = Counter()
    _publish(name, "counter", "integer", unit, help, get=lambda: _text(read() if read else made.value))
    return made


class Gauge:
    """A value that rises and falls."""

    __slots__ = ("value",)

    def __init__(self, value: Scalar) -> None:
        self.value: Any = value

    def set(self, value: Scalar) -> None:
        self.value = value


def gauge(name: str, unit: str = "", help: str = "", read: Optional[Callable[[], Scalar]] = None, initial: Scalar = 0) -> Gauge:
    """A gauge of the type of `initial`. With `read` its value is asked for when an operator looks."""
    made = Gauge(initial)
    _publish(name, "gauge", _type_name(type(initial), name), unit, help, get=lambda: _text(read() if read else made.value))
    return made


POWERS_OF_TWO = tuple(1 << power for power in range(32))


def histogram(name: str, unit: str = "", help: str = "", bounds: Sequence[int] = POWERS_OF_TWO) -> Histogram:
    """How often whole numbers fall where: bucket i counts those up to bound i and above the one before. At most 64 bounds, rising."""
    made = Histogram(tuple(bounds))
    _publish(name, "histogram", "integer", unit, help, get=lambda: _text(made.value))
    return made


class Setting(Generic[T]):
    """A value that operators may set; `value` is the one in force."""

    __slots__ = ("value", "_type", "_accept")

    def __init__(self, value: T, accept: Optional[Callable[[T], object]]) -> None:
        self.value: T = value
        self._type: Any = type(value)
        self._accept: Optional[Callable[[T], object]] = accept

    def _set(self, text: str) -> None:
        value: Any = json.loads(text)
        if self._type is float and type(value) is int:
            value = float(value)
        if type(value) is not self._type or not _is_in_range(value):
            raise ValueError(f"{text} is no {_TYPES[self._type]}")
        if self._accept is not None and self._accept(value) is False:
            raise ValueError(f"{text} is refused by the component")
        self.value = value


def _is_in_range(value: Scalar) -> bool:
    """Infinity and NaN are no JSON, and the other languages' integers have 64 bits."""
    if isinstance(value, float):
        return isfinite(value)
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def setting(name: str, initial: T, unit: str = "", help: str = "", accept: Optional[Callable[[T], object]] = None) -> Setting[T]:
    """A setting of the type of `initial`. `accept` is asked before a new value counts; it refuses by False, or by raising with the reason."""
    type_name = _type_name(type(initial), name)
    made = Setting(initial, accept)
    _publish(name, "setting", type_name, unit, help, get=lambda: _text(made.value), set=made._set)
    return made


@overload
def command(name: str, help: str = "") -> Callable[[F], F]: ...
@overload
def command(name: str, help: str, function: F) -> F: ...
def command(name: str, help: str = "", function: Any = None) -> Any:
    """A command: `function` gets the argument as text ("" if none) and returns what json.dumps takes. A decorator, or a plain call."""
    if function is None:
        return lambda decorated: command(name, help, decorated)
    _publish(name, "command", "command", "", help, call=lambda argument: _text(function(argument)))
    return function


# ---- coven.testing: what operators do, from within ----


def stay_local() -> None:
    """From now on items are kept for `read`, `write` and `call` alone."""
    global _is_local
    _is_local = True


def forget() -> None:
    """Names are free again: a component is loaded anew."""
    _published.clear()


def _find(name: str) -> _Item:
    key = (_core.turn(), name)
    if key not in _published:
        raise LookupError(f"no item is named {name!r}, only {', '.join(other for _, other in _published) or 'none at all'}")
    return _published[key]


def read(name: str) -> Any:
    item = _find(name)
    if item.get is None:
        raise LookupError(f"{name!r} is a {item.kind}: it has no value")
    return json.loads(item.get())


def write(name: str, value: Any) -> None:
    item = _find(name)
    if item.set is None:
        raise LookupError(f"{name!r} is a {item.kind}: it can't be set")
    item.set(_text(value))


def call(name: str, argument: str) -> Any:
    item = _find(name)
    if item.call is None:
        raise LookupError(f"{name!r} is a {item.kind}: it can't be called")
    return json.loads(item.call(argument))
