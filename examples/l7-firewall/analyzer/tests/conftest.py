"""Where the SDK is, unless it is installed: sdk/python/build; and the captures: the folder `shared` beside the repository, or COVEN_SHARED."""
import importlib.util
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]
if importlib.util.find_spec("coven") is None:
    sys.path.append(str(HERE.parents[4] / "sdk" / "python" / "build"))
MAINS = {"sdk": HERE.parents[1] / "main.py", "scapy": HERE.parents[2] / "analyzer-scapy" / "main.py"}


@pytest.fixture(scope="session")
def captures() -> Path:
    shared = Path(os.environ.get("COVEN_SHARED") or HERE.parents[4].parent / "shared")
    folder = shared / "data" / "captures"
    if not (folder / "ground-truth.tsv").is_file():
        pytest.skip(f"no captures: {folder} is missing; set COVEN_SHARED")
    return folder


@pytest.fixture(scope="session", params=MAINS.values(), ids=MAINS)
def main(request) -> Path:
    """Each variant of the analyzer: the same flows must come out of both."""
    if "scapy" in str(request.param):
        pytest.importorskip("scapy", reason="no Scapy (package python3-scapy)")
    return request.param


@pytest.fixture
def analyzer(main):
    return start(main)


def start(main: Path, udp: bool = False):
    """An analyzer that has seen nothing."""
    from coven.testing import harness

    sys.modules.pop("marking", None)
    return harness(main, settings={"udp": udp})
