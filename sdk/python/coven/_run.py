"""Running a component: the loop is in C (`_core`), the face is here."""
import os
import sys
from typing import Any, Callable, List, Optional, Tuple, TypeVar

from coven import _core
from coven._core import Burst, Packet
from coven._errors import reporter
from coven._verdict import Verdict

PacketFunction = Callable[[Packet], Verdict]
BurstFunction = Callable[[Burst], object]
F = TypeVar("F", bound=Callable[..., object])

_noted: "Optional[List[Tuple[Any, bool]]]" = None  # a test's process: functions and their forms, instead of running them


def start_noting() -> None:
    """From now on `run` and `run_burst` only note what they are given (coven.testing)."""
    global _noted
    _noted = []


def noted_since(count: int) -> "List[Callable[[Any], object]]":
    """The functions that were noted after the first `count`."""
    return [function for function, _ in (_noted or [])[count:]]


def is_burst(function: object) -> bool:
    """Whether `function` was given to `run_burst`."""
    return any(noted is function and in_bursts for noted, in_bursts in _noted or [])


def attach() -> None:
    """Attach by the environment, and say so; `run` does it by itself. ConnectionError with the reason if that can't be, ValueError if
    COVEN_CONTEXT is no layout."""
    if _group is not None:
        raise RuntimeError("a component with a loop of its own can't be fused: placement: { fuse: none }, or call run or run_burst")
    _attach(is_last=True)


def _attach(is_last: bool) -> None:
    _core.set_layout(os.environ.get("COVEN_CONTEXT", ""))
    _core.attach(is_last)


_group: Any = None  # a coven.group.Group, if this process is one


def start_fusing(group: Any) -> None:
    """From now on `run` begins the next component of the process; the last one runs the loop for all."""
    global _group
    _group = group


def _run(function: F, in_bursts: bool) -> F:
    if _noted is not None:
        _noted.append((function, in_bursts))
        return function
    is_last = _group is None or _group.take_up()
    try:
        _attach(is_last)
    except (ConnectionError, ValueError) as error:
        print(f"{_core.component_name()}: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    report = reporter(function)  # the core borrows both
    if is_last:
        _core.run(function, report, in_bursts)
    else:
        _core.join(function, report, in_bursts)
        _group.begin_next()
    if _group is not None:
        _group.leave()
    return function


def run(function: "Callable[[Packet], Verdict]") -> "Callable[[Packet], Verdict]":
    """Run the component, until it is told to stop (by COVEN, SIGTERM or SIGINT): `function` gets each packet and returns its verdict.

    A decorator or a plain call. When the function raises, the exception is printed, the packet dropped and counted, and the
    component goes on. Without a channel: one line on standard error and SystemExit(1).
    """
    return _run(function, False)


def run_burst(function: "Callable[[Burst], object]") -> "Callable[[Burst], object]":
    """The same, a burst of 1 to 64 packets at a time: `function` sets verdicts in place; they begin as FORWARD."""
    return _run(function, True)


def step(function: PacketFunction) -> bool:
    """For an event loop of one's own: do what waits now, at most one burst. False: the component has to stop; call detach().

        coven.attach()
        loop = asyncio.get_running_loop()

        def ready():
            coven.disarm()
            while coven.step(filter):
                if coven.arm():
                    return               # nothing left: sleep until event_fd is readable
            loop.remove_reader(coven.event_fd())
            coven.detach()
            stopped.set_result(None)

        loop.add_reader(coven.event_fd(), ready)
        loop.call_soon(ready)
    """
    return _core.step(function, reporter(function), False)


def step_burst(function: BurstFunction) -> bool:
    """`step` for the burst form."""
    return _core.step(function, reporter(function), True)
