"""Where the SDK is, unless it is installed: sdk/python/build; and the captures: the folder `shared` beside the repository, or COVEN_SHARED."""
import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
if importlib.util.find_spec("coven") is None:
    sys.path.append(str(ROOT / "sdk" / "python" / "build"))


@pytest.fixture
def detector():
    from coven.testing import harness

    return harness(Path(__file__).resolve().parents[1] / "main.py")


@pytest.fixture
def captures() -> Path:
    folder = Path(os.environ.get("COVEN_SHARED") or ROOT.parent / "shared") / "data" / "captures"
    if not folder.is_dir():
        pytest.skip(f"no captures: {folder} is missing; set COVEN_SHARED")
    return folder
