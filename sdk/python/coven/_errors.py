"""Printing what the author's function raises, without flooding standard error."""
import sys
import time
import traceback
from typing import Set, Tuple

KINDS_MAX = 64
INTERVAL_S = 1.0

Kind = Tuple[str, str, int]


class Errors:
    """Prints the first exception of a kind (its type and where it was raised), and after that at most one a second in all."""

    def __init__(self) -> None:
        self._kinds: Set[Kind] = set()
        self._printed_at = float("-inf")
        self._unprinted = 0

    def report(self, error: BaseException) -> None:
        """Print `error` with its traceback, or count it as left out."""
        now = time.monotonic()
        if not self._is_new(_kind_of(error)) and now - self._printed_at < INTERVAL_S:
            self._unprinted += 1
            return
        if self._unprinted:
            print(f"({self._unprinted} more errors were not printed)", file=sys.stderr)
        traceback.print_exception(type(error), error, error.__traceback__)
        sys.stderr.flush()
        self._printed_at, self._unprinted = now, 0

    def _is_new(self, kind: Kind) -> bool:
        if kind in self._kinds or len(self._kinds) >= KINDS_MAX:
            return False
        self._kinds.add(kind)
        return True


def _kind_of(error: BaseException) -> Kind:
    trace = error.__traceback__
    if trace is None:
        return type(error).__name__, "", 0
    while trace.tb_next is not None:
        trace = trace.tb_next
    return type(error).__name__, trace.tb_frame.f_code.co_filename, trace.tb_lineno
