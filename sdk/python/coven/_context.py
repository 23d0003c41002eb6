"""The layout of the context: COVEN_CONTEXT, as in `tenant:24,mark:8,reserved:96` (spec/sdk.md)."""
import re
from typing import List, Tuple

from coven import _core

BITS = 128


def parse_layout(text: str) -> Tuple[Tuple[str, int, int], ...]:
    """(name, first bit, bits) for each field. ValueError says what is wrong."""
    fields: List[Tuple[str, int, int]] = []
    at = 0
    for part in text.split(","):
        match = re.fullmatch(r"([a-z][a-z0-9_]{0,31}):([1-9][0-9]{0,2})", part)
        if not match:
            raise ValueError(f"context layout {text!r}: {part!r} is not NAME:BITS")
        name, bits = match[1], int(match[2])
        if any(name == other for other, _, _ in fields):
            raise ValueError(f"context layout {text!r}: {name!r} is there twice")
        if at + bits > BITS:
            raise ValueError(f"context layout {text!r}: more than {BITS} bits")
        fields.append((name, at, bits))
        at += bits
    if at != BITS:
        raise ValueError(f"context layout {text!r}: {at} bits; it has {BITS}")
    return tuple(fields)


def use_layout(text: str) -> None:
    """From now on these are the context's fields; "" for none."""
    _core.set_layout(parse_layout(text) if text else ())
