"""The vectors that every SDK runs (spec/vectors/sdk), as parameters of a test."""
import json

import pytest
from conftest import REPOSITORY

FOLDER = REPOSITORY / "spec" / "vectors" / "sdk"


def vectors(name, *having):
    """Those of `name`.json that have every one of these keys."""
    found = [vector for vector in json.loads((FOLDER / f"{name}.json").read_text())["vectors"] if all(key in vector for key in having)]
    assert found
    return pytest.mark.parametrize("vector", found, ids=[vector["name"] for vector in found])
