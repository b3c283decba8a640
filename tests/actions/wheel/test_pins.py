"""Pinned requirements in the metadata of a wheel."""

import zipfile
from pathlib import Path

import pytest
from support.wheels import files_of_package, write_wheel

from actions.errors import ActionError
from actions.wheel.pins import pinned_metadata
from actions.wheel.planned import Planned
from actions.wheel.wheel_file import normalise

METADATA = b"""Metadata-Version: 2.1
Name: demo
Requires-Dist: Torch>=2.0
Requires-Dist: torch[cuda] (>=2); extra == "gpu"
Requires-Dist: torchvision
Requires-Dist: other

Requires-Dist: torch in the text
"""


def test_versions_are_replaced_and_extras_and_markers_stay() -> None:
    found = pinned_metadata(METADATA, ["torch ==2.10.0", "?none ==1"]).decode()

    assert found.split("\n")[2:6] == [
        "Requires-Dist: Torch==2.10.0",
        'Requires-Dist: torch[cuda]==2.10.0; extra == "gpu"',
        "Requires-Dist: torchvision",
        "Requires-Dist: other",
    ]
    assert found.endswith("\n\nRequires-Dist: torch in the text\n")


def test_a_requirement_that_the_wheel_lacks_is_an_error() -> None:
    with pytest.raises(ActionError, match="the wheel does not require numpy"):
        pinned_metadata(METADATA, ["numpy ==1"])


def test_an_address_is_an_error() -> None:
    with pytest.raises(ActionError, match="is an address, which can't be pinned"):
        pinned_metadata(b"Requires-Dist: torch @ https://x.test/torch.whl\n\n", ["torch ==1"])


def test_the_metadata_of_a_packed_wheel_is_pinned(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    wheel = write_wheel(tmp_path / "demo-1-py3-none-any.whl", files_of_package("demo", "1", ["torch"]))
    built = normalise(wheel, tmp_path / "out", Planned("demo", "1", pin_requires=("torch ==2.10.0",)))

    with zipfile.ZipFile(built) as opened:
        assert b"Requires-Dist: torch==2.10.0\n" in opened.read("demo-1.dist-info/METADATA")
