"""Pinned Debian packages as external dependencies, from the mirror of this machine's apt: real libraries in wheels."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.places import Place
from support.workspaces import generator

from fromager_gen.errors import InputError
from fromager_gen.toolchains import machines_mirror

pytestmark = [pytest.mark.bazel, pytest.mark.index, pytest.mark.slow]

PLATFORM = "linux_x86_64_glibc_2_36"
REFUSED = """
import psycopg2
try:
    psycopg2.connect(host='127.0.0.1', port=1)
except psycopg2.OperationalError:
    print('refused')
"""
DECODED = """
import io, PIL.Image
file = io.BytesIO()
PIL.Image.new('RGB', (2, 2)).save(file, 'jpeg')
print(PIL.Image.open(file).size)
"""
CALLS = {"psycopg2": REFUSED, "pillow": DECODED}
PRINTED = {"psycopg2": "refused", "pillow": "(2, 2)"}


def has_mirror() -> bool:
    try:
        return bool(machines_mirror())
    except InputError:
        return False


@pytest.mark.skipif(not has_mirror(), reason="this machine's apt has no Debian mirror")
def test_wheels_contain_the_libraries_of_pinned_packages(place: Place, tmp_path: Path) -> None:
    """The compilers of the platform do not see the machine's libraries."""
    workspace = place.folder / "work-dir" / "workspace"
    # pillow requires pybind11, which requires cmake and ninja unless they are there.
    tools = ["dep:generic/cmake", "dep:generic/ninja"]
    (place.folder / "overrides").mkdir()
    (place.folder / "overrides" / "fromager-gen.yaml").write_text(f"external: {tools}\n")
    names = ["dep:generic/libpq", "dep:generic/libjpeg-turbo", "dep:generic/zlib", *tools]
    generator("external", "lock", "--output", workspace, "--cpu", "x86_64", *names, cwd=place.folder)
    index = os.environ.get("PIP_INDEX_URL")
    options = ("--index-url", index) if index else ()
    generator(
        "bootstrap", "--toolchains=hermetic", "--platform", PLATFORM, *CALLS, *options, *place.options,
        cwd=place.folder, **place.env,
    )  # fmt: skip

    for name, call in CALLS.items():
        (wheel,) = (place.folder / "wheels-repo" / "downloads").glob(f"{name}-*.whl")
        assert wheel.name.endswith("manylinux_2_36_x86_64.whl")
        with zipfile.ZipFile(wheel) as opened:
            opened.extractall(tmp_path / name)
            assert [member for member in opened.namelist() if member.startswith(f"{name}.libs/")]
        result = subprocess.run(
            [sys.executable, "-c", call], cwd=tmp_path / name, check=True, capture_output=True, text=True
        )
        assert result.stdout.strip() == PRINTED[name]
