"""The field Requires-External of a wheel's metadata, from the package's settings."""

import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

from actions.wheel.planned import Planned
from actions.wheel.wheel_file import normalise, with_external

HEAD = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEAD, HEAD + "Requires-External: b\nRequires-External: a (>= 3)\n"),
        (HEAD.removesuffix("\n"), HEAD + "Requires-External: b\nRequires-External: a (>= 3)\n"),
        (
            HEAD + "\nText.\n\nRequires-External: x\n",
            HEAD + "Requires-External: b\nRequires-External: a (>= 3)\n\nText.\n\nRequires-External: x\n",
        ),
        ((HEAD + "\n\n").replace("\n", "\r\n"), (HEAD + "Requires-External: b\nRequires-External: a (>= 3)\n\n\n")),
        (
            HEAD + "Requires-External: b\nLicense: MIT\n",
            HEAD + "Requires-External: b\nLicense: MIT\nRequires-External: a (>= 3)\n",
        ),
    ],
)
def test_values_follow_the_other_fields(before: str, after: str) -> None:
    found = with_external(before.encode(), ("b", "a (>= 3)", "b"))

    assert found.decode() == (after.replace("\n", "\r\n") if "\r\n" in before else after)
    assert message_from_bytes(found).get_all("Requires-External") == ["b", "a (>= 3)"]


def test_only_a_wheel_with_the_setting_has_other_metadata(tmp_path: Path) -> None:
    built = tmp_path / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(built, "w") as wheel:
        wheel.writestr("demo-1.0.dist-info/METADATA", HEAD)
        wheel.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")

    def metadata(planned: Planned) -> str:
        with zipfile.ZipFile(normalise(built, tmp_path, planned)) as wheel:
            return wheel.read("demo-1.0.dist-info/METADATA").decode()

    assert metadata(Planned("demo", "1.0", build_tag="1")) == HEAD
    assert metadata(Planned("demo", "1.0", build_tag="2", requires_external=("openssl",))) == (
        HEAD + "Requires-External: openssl\n"
    )
