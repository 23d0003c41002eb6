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
MAIN = HERE.parent.parent / "main.py"


@pytest.fixture(scope="session")
def captures() -> Path:
    shared = Path(os.environ.get("COVEN_SHARED") or HERE.parents[4].parent / "shared")
    folder = shared / "data" / "captures"
    if not (folder / "ground-truth.tsv").is_file():
        pytest.skip(f"no captures: {folder} is missing; set COVEN_SHARED")
    return folder


@pytest.fixture(params=[MAIN], ids=["sdk"])
def analyzer(request):
    from coven.testing import harness

    return harness(request.param, settings={"udp": False})
