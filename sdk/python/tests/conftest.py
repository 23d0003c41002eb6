"""Runs components against the stand-in data plane of the C SDK (`peer`), each in a process of its own."""
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import List, NamedTuple

import pytest

SDK = Path(__file__).resolve().parents[1]
PEER = SDK.parent / "c" / "build" / "peer"
BUILD = SDK / "build"
REPOSITORY = SDK.parents[1]
TIMEOUT_S = 120
FRAMES = 256  # fewer than an edge takes, so that no edge is ever full


class Outcome(NamedTuple):
    status: int
    figures: dict
    stderr: str

    def answer(self, at: int = 0) -> dict:
        return self.figures["agent"][at]


def environment() -> dict:
    return {**os.environ, "PYTHONPATH": str(BUILD), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def component(tmp_path):
    """component(source, *peer options) -> Outcome. `source` is a program, or the path of one."""

    def start(source, *options: str) -> Outcome:
        program = source
        if not isinstance(source, Path):
            program = tmp_path / "component.py"
            program.write_text(textwrap.dedent(source))
        command: List[str] = [str(PEER), "--frames", str(FRAMES), *map(str, options), "--", sys.executable, str(program)]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=TIMEOUT_S)
        assert done.stdout, done.stderr
        return Outcome(done.returncode, json.loads(done.stdout), done.stderr)

    return start


def assert_balanced(outcome: Outcome) -> None:
    assert outcome.status == 0 and outcome.figures["balanced"], (outcome.figures, outcome.stderr)
    assert outcome.figures["exit"] == 0
