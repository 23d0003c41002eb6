"""Where a packet goes."""
from typing import ClassVar, List, Optional, Sequence

from coven import _core

_named: Optional[List[str]] = None  # a test's process: outputs in the order in which they were first named


class Verdict(int):
    """The number of an output, or DROP. Output 0 is `out`. Made once, so that a packet costs no allocation."""

    __slots__ = ()
    FORWARD: ClassVar["Verdict"]
    DROP: ClassVar["Verdict"]

    @staticmethod
    def to(name: str) -> "Verdict":
        """The verdict that sends a packet to the output `name` of this component. Look it up once. ValueError if there is none."""
        if _named is not None:
            return Verdict(names([name]).index(name))
        outputs = _core.outputs()
        if name not in outputs:
            raise ValueError(f"no output is named {name!r}, only {', '.join(outputs)}; vnf.yaml names them (components: outputs)")
        return Verdict(outputs.index(name))

    def __repr__(self) -> str:
        names = {_core.FORWARD: "Verdict.FORWARD", _core.DROP: "Verdict.DROP"}
        return names.get(int(self)) or f"Verdict({int(self)})"


Verdict.FORWARD = Verdict(_core.FORWARD)
Verdict.DROP = Verdict(_core.DROP)


def start_naming() -> None:
    """From now on outputs are numbered as they are named (coven.testing): a component may ask before a harness says which there are."""
    global _named
    _named = ["out"]


def names(more: Sequence[str]) -> List[str]:
    """All outputs by number, `more` among them."""
    known = _named if _named is not None else []
    known += [name for name in more if name not in known]
    return known
