"""The modules by which programs import a wheel."""

import pytest

from actions.wheel.top_modules import top_modules


@pytest.mark.parametrize(
    ("names", "modules"),
    [
        (["a/__init__.py", "a/b.py", "a/c/__init__.py", "a-1.dist-info/METADATA"], ["a"]),
        (["a.py", "b.cpython-312-x86_64-linux-gnu.so", "_c.abi3.so"], ["a", "b"]),
        (["_c.abi3.so"], ["_c"]),
        (["a-1.data/purelib/x/__init__.py", "a-1.data/scripts/run.py", "a-1.data/data/y.py"], ["x"]),
        (["tests/__init__.py", "examples/__init__.py", "a/__init__.cpython-312-x86_64-linux-gnu.so"], ["a"]),
        (["data/file.txt", "not-a-name.py", "a/only_data/x.py"], []),
    ],
)
def test_top_level_modules(names: list[str], modules: list[str]) -> None:
    assert top_modules(names) == modules
