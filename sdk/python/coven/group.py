"""A fused group: components that share this process (spec/channel.md, section 7). `python -m coven.group`, with COVEN_GROUP.

Each one's program begins with its own environment, folder and modules. Its `run` begins the next one's program; the last one's runs
the loop for all. So what stands behind `run` comes when the group leaves, last one first, as it does without fusion.
"""
import builtins
import json
import os
import runpy
import sys
import traceback
from types import ModuleType, TracebackType
from typing import Any, Dict, List, Optional, TextIO

from coven import _core, _run


class Member:
    """What a component has for itself in a process of several."""

    def __init__(self, described: "Dict[str, Any]", is_first: bool) -> None:
        self.entry: str = described["entry"]
        self.folder: str = os.path.normpath(described["folder"])
        self.environment: "Dict[str, str]" = described["environment"]
        self.modules: "Dict[str, ModuleType]" = {}
        self.has_run = False
        # The first one's log is the process's own standard output.
        log = None if is_first else self.environment["COVEN_LOG"]
        self.out: TextIO = sys.stdout if log is None else open(log, "a", buffering=1)
        self.errors: TextIO = sys.stderr if log is None else self.out

    def owns(self, file: object) -> bool:
        return isinstance(file, str) and file.startswith(self.folder + os.sep)


class _Log:
    """Standard output or error of whoever is at work."""

    def __init__(self, group: "Group", files: "List[TextIO]") -> None:
        self._group = group
        self._files = files

    def write(self, text: str) -> int:
        return self._files[self._group.turn()].write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files[self._group.turn()], name)


class Group:
    def __init__(self, described: "List[Dict[str, Any]]") -> None:
        self._members = [Member(one, is_first=index == 0) for index, one in enumerate(described)]
        self._path = [folder for folder in sys.path if folder not in ("", os.getcwd())]
        self._begun: "List[int]" = []  # in whose `run` we are, the latest last
        self._left = False
        self._inside: "Optional[Member]" = None
        self._import = builtins.__import__

    def run(self) -> None:
        sys.stdout = _Log(self, [one.out for one in self._members])
        sys.stderr = _Log(self, [one.errors for one in self._members])
        builtins.__import__ = self._import_for
        _run.start_fusing(self)
        self._begin(0)

    def turn(self) -> int:
        """Whose code runs: once the group has left, that behind a `run`."""
        return self._begun[-1] if self._left and self._begun else _core.turn()

    def take_up(self) -> bool:
        """`run` of the one that began last was called. Is it the last of all?"""
        self._members[self._begun[-1]].has_run = True
        return len(self._begun) == len(self._members)

    def begin_next(self) -> None:
        """Comes back when the group leaves, and the next one's program has ended."""
        self._begin(len(self._begun))
        self._begun.pop()

    def leave(self) -> None:
        """The loop is over: what stands behind `run` comes now."""
        self._left = True
        self._enter(self._members[self._begun[-1]])

    def _begin(self, number: int) -> None:
        member = self._members[number]
        if number:
            for name in self._members[number - 1].environment:
                os.environ.pop(name, None)
        self._begun.append(number)
        os.environ.update(member.environment)
        os.chdir(member.folder)
        sys.pycache_prefix = member.environment.get("PYTHONPYCACHEPREFIX")
        sys.argv = [member.entry]
        self._enter(member)
        try:
            runpy.run_path(member.entry, run_name="__main__")
        except Exception as error:
            traceback.print_exception(type(error), error, _own_part(error, member))
            raise SystemExit(1) from None
        if not member.has_run:
            print(f"{_core.component_name()}: its program ended without a call of run or run_burst, which a fused component has to make", file=sys.stderr)
            raise SystemExit(1)

    def _enter(self, member: "Optional[Member]") -> None:
        """Modules of one's own are found by their short names by nobody else."""
        before = self._inside
        if before is not None:
            own = {name: module for name, module in list(sys.modules.items()) if before.owns(getattr(module, "__file__", None)) and name != "__main__"}
            before.modules.update(own)
            for name in before.modules:
                sys.modules.pop(name, None)
        self._inside = member
        sys.path[:] = ([os.path.dirname(member.entry)] if member else []) + self._path
        if member is not None:
            sys.modules.update(member.modules)

    def _import_for(self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        """What a component imports later, in its function, is its own as well."""
        member, before = self._members[self.turn()], self._inside
        if member is before or not globals or not member.owns(globals.get("__file__")):
            return self._import(name, globals, locals, fromlist, level)
        self._enter(member)
        try:
            return self._import(name, globals, locals, fromlist, level)
        finally:
            self._enter(before)


def _own_part(error: BaseException, member: Member) -> "Optional[TracebackType]":
    """The stack from the component's own program on."""
    trace = error.__traceback__
    while trace is not None and not member.owns(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace or error.__traceback__


if __name__ == "__main__":
    Group(json.loads(os.environ.pop("COVEN_GROUP"))).run()
