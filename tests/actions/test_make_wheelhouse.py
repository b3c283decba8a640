"""A folder that pip installs from: the wheels, and a PEP 503 index of them."""

import functools
import hashlib
import shutil
import threading
import zipfile
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pypi_simple import PyPISimple
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
    pages = {"simple/index.html", "simple/foo-bar/index.html", "simple/x/index.html"}

    assert set(contents(out)) == {*NAMES, *pages}
    top = (out / "simple/index.html").read_text()
    assert '<a href="foo-bar/">foo-bar</a>' in top and '<a href="x/">x</a>' in top


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def test_a_client_finds_every_wheel_with_its_hash(tmp_path: Path) -> None:
    out = build(tmp_path, NAMES)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(out)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        with PyPISimple(f"http://127.0.0.1:{server.server_port}/simple/") as client:
            assert sorted(client.get_index_page().projects) == ["foo-bar", "x"]
            found = {p.filename: p for name in ("foo-bar", "x") for p in client.get_project_page(name).packages}
            assert sorted(found) == sorted(NAMES)
            for name, package in found.items():
                assert package.digests == {"sha256": hashlib.sha256((out / name).read_bytes()).hexdigest()}
                client.download_package(package, tmp_path / "got" / name, verify=True)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert sorted(contents(tmp_path / "got")) == sorted(NAMES)


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
    assert set(contents(build(tmp_path, []))) == {"simple/index.html"}


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
