"""A folder that pip installs from: the wheels, and a PEP 503 index of them."""

import functools
import hashlib
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from pypi_simple import PyPISimple
from support.samples import contents
from support.wheels import write_wheel

from actions.errors import ActionError
from actions.make_wheelhouse import main

NAMES = ["Foo_Bar-1.0-py3-none-any.whl", "foo_bar-2.0-0-py3-none-any.whl", "x-1.0+cu121-py3-none-any.whl"]


def build(folder: Path, names: list[str]) -> Path:
    out = folder / "out"
    out.mkdir()
    arguments = []
    for number, name in enumerate(names):
        write_wheel(folder / str(number) / name)
        arguments += ["--wheel", str(folder / str(number))]
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
        main(["--wheel", str(tmp_path / "none"), "--out", str(tmp_path / "out")])


def test_without_wheels_the_index_is_empty(tmp_path: Path) -> None:
    assert set(contents(build(tmp_path, []))) == {"simple/index.html"}
