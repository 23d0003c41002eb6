"""The harness: packets in, results out."""
import importlib.util
import struct
import sys
import time
import weakref
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from coven import _core, _items, _run, _verdict
from coven import _layout as channel_layout
from coven.testing._capture import Frame, read_capture
from coven.testing._channel import LENGTH_MAX, Arrival, Channel

HEADROOM = channel_layout.LIMITS_DATA_OFFSET_DEFAULT - channel_layout.LIMITS_HEADROOM_MIN
Function = Callable[[Any], object]

_run.start_noting()
_items.stay_local()
_verdict.start_naming()


@dataclass(frozen=True)
class Sent:
    """A packet of the component's own."""

    output: str
    data: bytes
    context: bytes


@dataclass(frozen=True)
class Result:
    """What became of a packet. `verdict`: the name of an output, "drop", or "error" (then `error` says which)."""

    verdict: str
    data: bytes
    context: bytes
    mark: int = 0
    error: Optional[BaseException] = None
    sent: List[Sent] = field(default_factory=list)


class Results(List[Result]):
    """The results of a capture, in its order."""

    @property
    def verdicts(self) -> Dict[str, int]:
        """How many packets had each verdict."""
        return dict(Counter(result.verdict for result in self))


class Harness:
    """Made by `harness`."""

    def __init__(self, function: Function, in_bursts: bool, outputs: Sequence[str], layout: str, settings: Mapping[str, Any]) -> None:
        self.function, self._in_bursts, self._outputs = function, in_bursts, list(outputs)
        self._layout = layout
        _core.set_layout(layout)
        self._errors: List[BaseException] = []
        self._channel: Optional[Channel] = None
        self._time_ns = time.time_ns()
        for name, value in settings.items():
            self.set(name, value)

    # ---- packets ----

    def packet(
        self,
        data: bytes,
        context: bytes = b"",
        *,
        time_ns: Optional[int] = None,
        mark: int = 0,
        nsh: Optional[Tuple[int, int]] = None,
        partial: Optional[Tuple[int, int]] = None,
        headroom: int = HEADROOM,
    ) -> Result:
        """Give the function one packet. `context` is filled up with zeroes; `time_ns` is a moment after the packet before, unless stated.

        `nsh`: where an NSH lies in `data` and how long it is, as at an `aware` connection point. `partial`: where the checksum that is left
        to the card begins, and its place from there (CSUM_PARTIAL). `headroom`: bytes that `grow_front` can have.
        """
        self._time_ns = self._time_ns + 1000 if time_ns is None else time_ns
        line = _line(self._time_ns, context, mark, nsh and (nsh[0] + headroom + channel_layout.LIMITS_HEADROOM_MIN, nsh[1]), partial)
        with self._attached() as channel:
            return self._turn(channel, [data], [line], headroom)[0]

    def capture(self, path: Union[str, Path]) -> Results:
        """Give the function the packets of a pcap or pcapng file, at their times. ValueError if it is none."""
        return self.frames(list(read_capture(path)))

    def frames(self, frames: Sequence[Frame]) -> Results:
        """The same for frames of the test's own making."""
        size = channel_layout.LIMITS_BURST_DEFAULT if self._in_bursts else 1
        results = Results()
        with self._attached() as channel:
            for at in range(0, len(frames), size):
                some = frames[at : at + size]
                results += self._turn(channel, [frame.data for frame in some], [_line(frame.time_ns) for frame in some], HEADROOM)
        return results

    # ---- what operators see ----

    def item(self, name: str) -> Any:
        """The value of a counter, gauge, histogram or setting."""
        return _items.read(name)

    def set(self, name: str, value: Any) -> None:
        """Set a setting, as an operator would. ValueError if it is refused."""
        _items.write(name, value)

    def call(self, name: str, argument: str = "") -> Any:
        """Call a command."""
        return _items.call(name, argument)

    # ---- one turn ----

    @contextmanager
    def _attached(self) -> Iterator[Channel]:
        outputs = _verdict.names(self._outputs)
        if self._channel is None or self._channel.outputs != outputs:
            self._channel = Channel(outputs)
            weakref.finalize(self, self._channel.close)
        _core.set_layout(self._layout)
        with self._channel.attached():
            yield self._channel

    def _turn(self, channel: Channel, packets: Sequence[bytes], lines: Sequence[bytes], headroom: int) -> List[Result]:
        channel.lend()
        self._errors.clear()
        frames = [channel.send(_checked(data), line, headroom) for data, line in zip(packets, lines)]
        _core.step(self.function, self._errors.append, self._in_bursts)
        _core.step(self.function, self._errors.append, self._in_bursts)  # packets of one's own may become visible with the next pass
        arrivals = channel.receive()
        results = self._results(channel, frames, packets, arrivals)
        channel.release(arrivals)
        return results

    def _results(self, channel: Channel, frames: List[int], packets: Sequence[bytes], arrivals: List[Arrival]) -> List[Result]:
        errors = iter(self._errors * len(frames) if self._in_bursts else self._errors)
        came = {arrival.frame: arrival for arrival in arrivals}
        sent = [
            Sent(channel.outputs[one.output], one.data, channel.context(one.frame))
            for one in arrivals
            if one.frame not in frames and one.output is not None
        ]
        results = []
        for frame, data in zip(frames, packets):
            failed = came[frame].reason == channel_layout.REASON_COMPONENT_ERROR
            results.append(self._result(channel, came[frame], data, next(errors) if failed else None, sent))
            sent = []
        return results

    def _result(self, channel: Channel, came: Arrival, data: bytes, error: Optional[BaseException], sent: List[Sent]) -> Result:
        context, mark = channel.context(came.frame), channel.mark(came.frame)
        if error is not None:
            return Result("error", data, context, mark, error, sent)
        if came.output is None and came.reason == channel_layout.REASON_COMPONENT:
            return Result("drop", data, context, mark, None, sent)
        name = None if came.output is None else channel.outputs[came.output]
        if name not in self._outputs:
            error = ValueError(f"there is no such output{f' as {name!r}' if name else ''}, only {', '.join(self._outputs)}")
            return Result("error", data, context, mark, error, sent)
        return Result(name, came.data, context, mark, None, sent)


def _checked(data: bytes) -> bytes:
    if len(data) > LENGTH_MAX:
        raise ValueError(f"a packet of {len(data)} bytes; the harness takes at most {LENGTH_MAX}")
    return data


def _line(
    time_ns: int, context: bytes = b"", mark: int = 0, nsh: Optional[Tuple[int, int]] = None, partial: Optional[Tuple[int, int]] = None
) -> bytes:
    """A metadata line (spec/channel.md section 8)."""
    if len(context) > channel_layout.LIMITS_CONTEXT_BYTES:
        raise ValueError(f"context: at most {channel_layout.LIMITS_CONTEXT_BYTES} bytes, not {len(context)}")
    line = bytearray(channel_layout.META_SIZE)
    flags = (channel_layout.META_FLAG_NSH if nsh else 0) | (channel_layout.META_FLAG_CSUM_PARTIAL if partial else 0)
    struct.pack_into("<H", line, channel_layout.META_OFF_FLAGS, flags)
    struct.pack_into("<Q", line, channel_layout.META_OFF_TIME_NS, time_ns)
    struct.pack_into("<I", line, channel_layout.META_OFF_MARK, mark)
    struct.pack_into("<HH", line, channel_layout.META_OFF_NSH_OFFSET, *(nsh or (0, 0)))
    struct.pack_into("<HH", line, channel_layout.META_OFF_CSUM_START, *(partial or (0, 0)))
    line[channel_layout.META_OFF_CONTEXT : channel_layout.META_OFF_CONTEXT + len(context)] = context
    return bytes(line)


def _load(path: Path) -> Function:
    """The function that a component's file gives to `run`, from the file run anew: counters begin at 0."""
    _items.forget()
    before = len(_run.noted_since(0))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path}: no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    functions = _run.noted_since(before)
    if not functions:
        raise ValueError(f"{path}: it gives no function to coven.run or coven.run_burst")
    return functions[-1]


def harness(
    function: Union[Function, str, Path],
    outputs: Sequence[str] = ("out",),
    layout: str = "",
    settings: Optional[Mapping[str, Any]] = None,
    in_bursts: Optional[bool] = None,
) -> Harness:
    """A harness for `function`: the component's function, or the path of its main.py, which is then run anew.

    `outputs` are the names that vnf.yaml gives, `out` first; `layout` is that of the context, such as "tenant:24,mark:8,reserved:96";
    `settings` are set before the first packet. `in_bursts` need not be stated for what `run` or `run_burst` was given.
    """
    chosen = _load(Path(function)) if isinstance(function, (str, Path)) else function
    bursts = _run.is_burst(chosen) if in_bursts is None else in_bursts
    return Harness(chosen, bursts, outputs, layout, settings or {})
