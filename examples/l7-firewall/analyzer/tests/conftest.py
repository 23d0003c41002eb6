"""Where the captures are: the folder `shared` beside the repository, or COVEN_SHARED."""
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve()
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]


@pytest.fixture(scope="session")
def captures() -> Path:
    shared = Path(os.environ.get("COVEN_SHARED") or HERE.parents[4].parent / "shared")
    folder = shared / "data" / "captures"
    if not (folder / "ground-truth.tsv").is_file():
        pytest.skip(f"no captures: {folder} is missing; set COVEN_SHARED")
    return folder
