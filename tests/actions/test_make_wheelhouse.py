"""A folder that pip installs from: the wheels, and an index of them."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pypi_simple import PyPISimple
from support.installs import file_server, pip_install
from support.samples import contents
from support.wheels import INFO, MODULE, files_of, files_of_package, metadata, planned, record_of, write_wheel

from actions.errors import ActionError
from actions.make_wheelhouse import main

NAMES = ["Foo_Bar-1.0-py3-none-any.whl", "foo_bar-2.0-0-py3-none-any.whl", "x-1.0+cu121-py3-none-any.whl"]


def build(folder: Path, names: list[str]) -> Path:
    out = folder / "out"
    out.mkdir()
    arguments = []
    for number, name in enumerate(names):
        package, version = name.split("-")[:2]
        wheel = write_wheel(folder / str(number) / name, files_of_package(package, version))
        arguments += ["--wheel", str(wheel.parent), "--planned", planned(package, version)]
    main([*arguments, "--out", str(out)])
    return out


def test_wheels_are_copied_and_listed_by_project(tmp_path: Path) -> None:
    out = build(tmp_path, NAMES)
    folders = "simple", "simple/foo-bar", "simple/x"
    pages = {f"{folder}/index.{ending}" for folder in folders for ending in ("html", "json")}

    assert set(contents(out)) == {*NAMES, *pages, *(f"{name}.metadata" for name in NAMES)}
    top = (out / "simple/index.html").read_text()
    assert '<a href="foo-bar/">foo-bar</a>' in top and '<a href="x/">x</a>' in top


def test_a_client_finds_every_wheel_with_its_hash(tmp_path: Path) -> None:
    out = build(tmp_path, NAMES)
    with file_server(out) as (url, _), PyPISimple(f"{url}/simple/") as client:
        assert sorted(client.get_index_page().projects) == ["foo-bar", "x"]
        found = {p.filename: p for name in ("foo-bar", "x") for p in client.get_project_page(name).packages}
        assert sorted(found) == sorted(NAMES)
        for name, package in found.items():
            assert package.digests == {"sha256": hashlib.sha256((out / name).read_bytes()).hexdigest()}
            assert package.has_metadata
            client.download_package(package, tmp_path / "got" / name, verify=True)
            metadata = (out / f"{name}.metadata").read_bytes()
            assert client.get_package_metadata_bytes(package, verify=True) == metadata
            with zipfile.ZipFile(out / name) as wheel:
                (inside,) = [member for member in wheel.namelist() if member.endswith(".dist-info/METADATA")]
                assert wheel.read(inside) == metadata
    assert sorted(contents(tmp_path / "got")) == sorted(NAMES)


def requiring(folder: Path) -> Path:
    """Return a wheelhouse in which one wheel requires another, whose version has a local part."""
    out = folder / "out"
    out.mkdir()
    top = write_wheel(folder / "1" / "top-1.0-py3-none-any.whl", files_of_package("top", "1.0", ["needed>=1"]))
    needed = write_wheel(folder / "2" / "needed-1.0+cpu-py3-none-any.whl", files_of_package("needed", "1.0+cpu"))
    plan = json.dumps({**json.loads(planned("top", "1.0")), "install_requires": ["needed"]})
    main(["--wheel", str(top.parent), "--planned", plan, "--wheel", str(needed.parent),
          "--planned", planned("needed", "1.0+cpu"), "--out", str(out)])  # fmt: skip
    return out


def test_pip_installs_from_the_folder(tmp_path: Path) -> None:
    out = requiring(tmp_path)

    installed = pip_install(tmp_path / "target", "--no-index", "--find-links", out, "top")
    assert installed == ["needed-1.0+cpu.dist-info", "top-1.0.dist-info"]


def test_pip_installs_from_a_file_server_and_resolves_by_the_metadata_files(tmp_path: Path) -> None:
    with file_server(requiring(tmp_path)) as (url, asked):
        installed = pip_install(tmp_path / "target", "--index-url", f"{url}/simple/", "top")
        assert installed == ["needed-1.0+cpu.dist-info", "top-1.0.dist-info"]
    files = [path for path in asked if ".whl" in path]
    metadata = ["/top-1.0-py3-none-any.whl.metadata", "/needed-1.0%2Bcpu-py3-none-any.whl.metadata"]
    assert files[:2] == metadata and {f"{path}.metadata" for path in files[2:]} == {*metadata}


def test_the_order_of_wheels_does_not_matter(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()

    assert contents(build(tmp_path / "a", NAMES)) == contents(build(tmp_path / "b", NAMES[::-1]))


def test_two_wheels_with_the_same_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ActionError, match=r"two packages built a wheel with the same file name: Foo_Bar-1\.0-py3-none-any\.whl"
    ):
        build(tmp_path, [NAMES[0], NAMES[0]])


def test_a_folder_without_a_wheel_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "none").mkdir()

    with pytest.raises(ActionError, match="none"):
        main(["--wheel", str(tmp_path / "none"), "--planned", planned("x", "1"), "--out", str(tmp_path / "out")])


def test_without_wheels_the_index_is_empty(tmp_path: Path) -> None:
    assert set(contents(build(tmp_path, []))) == {"simple/index.html", "simple/index.json"}


NAME = "demo-1.0-py3-none-any.whl"


def index(folder: Path, wheel: Path, published: bool = False) -> None:
    (folder / "out").mkdir()
    plan = planned("demo", "1.0", published)
    main(["--wheel", str(wheel.parent), "--planned", plan, "--out", str(folder / "out")])


def flipped(folder: Path) -> Path:
    """Return a wheel in which one byte of a compressed file differs."""
    wheel = write_wheel(folder / NAME)
    data = bytearray(wheel.read_bytes())
    with zipfile.ZipFile(wheel) as opened:
        info = opened.getinfo(MODULE)
    data[info.header_offset + 30 + len(MODULE) + 5] ^= 1
    wheel.write_bytes(data)
    return wheel


def forged(folder: Path) -> Path:
    """Return a whole zip in which a file is not the one in RECORD."""
    return write_wheel(folder / NAME, {**files_of(), MODULE: "evil = True\n"}, record_of(files_of()))


def other_version(folder: Path) -> Path:
    return write_wheel(folder / NAME, {**files_of(), f"{INFO}/METADATA": metadata(version="2.0")})


def needs_more(folder: Path) -> Path:
    return write_wheel(folder / NAME, {**files_of(), f"{INFO}/METADATA": metadata(requires=["evil"])})


def renamed(folder: Path) -> Path:
    return write_wheel(folder / "demo-1.0-cp312-cp312-linux_x86_64.whl")


def unlisted(folder: Path) -> Path:
    return write_wheel(folder / NAME, {**files_of(), "extra.py": "x"}, record_of(files_of()))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (flipped, "demo-1.0-py3-none-any.whl: "),
        (forged, "RECORD has another hash for 1 file ('demo/__init__.py')"),
        (other_version, "has version 2.0, but the graph has demo 1.0"),
        (needs_more, "requires 'evil', but the graph has no install edge"),
        (renamed, "its file name has the tags cp312-cp312-linux_x86_64, but its file WHEEL has py3-none-any"),
        (unlisted, "RECORD lacks 1 file ('extra.py') that the wheel contains"),
        (lambda folder: Path(shutil.copy(__file__, folder / NAME)), "is damaged"),
    ],
)  # fmt: skip
def test_a_wheel_that_is_not_the_planned_one_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], says: str
) -> None:
    (tmp_path / "one").mkdir()
    with pytest.raises(ActionError) as caught:
        index(tmp_path, make(tmp_path / "one"))

    assert str(caught.value).startswith("the wheel of demo 1.0 is not the one that was built: ")
    assert says in str(caught.value) and "--noremote_accept_cached" in str(caught.value)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_published_wheel_may_have_the_faults_that_pip_ignores(tmp_path: Path) -> None:
    index(tmp_path, unlisted(tmp_path / "one"), published=True)

    assert (tmp_path / "out" / NAME).exists()
