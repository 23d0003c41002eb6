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
    _core.set_layout(os.environ.get("COVEN_CONTEXT", ""))
    _core.attach()


def _run(function: F, in_bursts: bool) -> F:
    if _noted is not None:
        _noted.append((function, in_bursts))
        return function
    try:
        attach()
    except (ConnectionError, ValueError) as error:
        print(f"{_core.component_name()}: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    _core.run(function, reporter(function), in_bursts)
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
