"""What docs/authors.md and the type hints promise."""
import importlib.util
import os
import re
import subprocess
import sys

import pytest
from conftest import BUILD, REPOSITORY
from coven.testing import harness

FRAME = bytes.fromhex("0200000000020200000000010800450000341234000040069be90a000001c0a801fe9c400050fedcba98010203045018ffff3ac1000068656c6c6f2c20776f726c64")


@pytest.fixture
def translate(tmp_path):
    page = (REPOSITORY / "docs" / "authors.md").read_text()
    main = tmp_path / "main.py"
    main.write_text(re.search(r"## Python: what a packet offers\n\n```python\n(.*?)```", page, re.S)[1])
    return main


def test_the_component_of_the_guide(translate):
    subject = harness(translate, layout="tenant:24,reserved:104")
    result = subject.packet(FRAME)
    assert (result.verdict, result.error, result.context[2]) == ("out", None, 7)
    assert (subject.item("rewritten"), subject.item("seen_flows"), subject.item("sizes")["count"]) == (1, 1, 1)
    assert (result.data[30:34], result.data[36:38]) == (bytes([192, 0, 2, 7]), (8080).to_bytes(2, "big"))


def test_the_types_are_whole(translate):
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("no mypy (package mypy)")
    examples = REPOSITORY / "examples"
    detector = examples / "l7-firewall" / "analyzer"
    environment = {**os.environ, "MYPYPATH": f"{BUILD}:{detector}", "PYTHONPATH": ""}
    for checked in ([f"{BUILD}/coven", str(translate)], [str(detector / "main.py")], [str(examples / "port-scan/detector/main.py")]):
        command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull, "--ignore-missing-imports", *checked]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
