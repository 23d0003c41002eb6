"""What people see when the author's function raises (spec/sdk.md, "When a component misbehaves")."""
import sys
import traceback
from typing import Callable

from coven import _core


def reporter(function: Callable[..., object]) -> Callable[[BaseException], None]:
    """What reports the exceptions of `function`: a line with name, error and place, and the packet is kept; then the stack. Once a second."""

    def report(error: BaseException) -> None:
        if _core.report_failure(f"{type(error).__name__}: {error} ({place_of(error, function)})"):
            traceback.print_exception(type(error), error, error.__traceback__)
            sys.stderr.flush()

    return report


def place_of(error: BaseException, function: Callable[..., object]) -> str:
    """FILE:LINE where it was raised; of what the function returned, where the function is."""
    trace = error.__traceback__
    if trace is None:
        code = getattr(function, "__code__", None)
        return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(function)
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
