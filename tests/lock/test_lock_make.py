"""Locks of graphs, made with an index on this machine."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.indexes import Pages
from support.samples import LIBRARIES, make_graph, tar_gz
from support.servers import Answer, serving

from fromager_gen.errors import LockError
from fromager_gen.graph import Graph
from fromager_gen.lock import Lock, LockedFile, LockedPackage
from fromager_gen.overrides import Overrides, PackageSettings

BODY = b"an archive"
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def index() -> Iterator[Pages]:
    with serving() as server:
        yield Pages(server)


def graph_of(url: str, name: str = "my-pkg", version: str = "1.0", pre_built: bool = False) -> Graph:
    key = f"{name}=={version}"
    return make_graph({"": [f"toplevel {key}"], key: []}, **{name: {"download_url": url, "pre_built": pre_built}})


def settings(**fields: str) -> Overrides:
    return Overrides(packages={"my-pkg": PackageSettings(**fields)})  # type: ignore[arg-type]


def own(lock: Lock) -> dict[str, LockedFile]:
    return {name: file for name, file in lock.files.items() if not name.startswith("library_")}


@pytest.mark.parametrize("as_html", [False, True], ids=["json", "html"])
def test_the_hash_comes_from_the_index(index: Pages, as_html: bool) -> None:
    index = Pages(index.server, as_html)
    index.add("my-pkg", {"filename": "my_pkg-1.0.tar.gz", "hashes": {"sha256": SHA}, "size": 10})
    index.server.say("/files/my_pkg-1.0.tar.gz", BODY)
    url = f"{index.server.url}/files/my_pkg-1.0.tar.gz"

    lock = index.lock(graph_of(url))

    assert own(lock) == {"sdist_my-pkg_1.0": LockedFile("my_pkg-1.0.tar.gz", SHA, 10, url=url)}
    assert lock.packages == {"my-pkg==1.0": LockedPackage("sdist_my-pkg_1.0", url)}
    assert not [asked for asked in index.server.asked if asked.startswith("GET /files")]


def test_the_libraries_of_the_actions_are_locked_to_their_pins(index: Pages) -> None:
    index.add("my-pkg", {"filename": "my_pkg-1.0.tar.gz", "hashes": {"sha256": SHA}, "size": 10})
    lock = index.lock(graph_of(f"{index.server.url}/files/my_pkg-1.0.tar.gz"))

    found = {
        name.removeprefix("library_"): file.sha256 for name, file in lock.files.items() if name.startswith("library_")
    }
    assert found == {name: pin["sha256"] for name, pin in LIBRARIES.items()}


def test_the_error_for_a_missing_library_names_its_use(index: Pages) -> None:
    index.add("tomlkit")

    secret = index.server.url.replace("//", "//user:secret@")
    with pytest.raises(
        LockError, match=r"the index http://127.*/simple does not have tomlkit-.*\.tar\.gz, which the build actions use"
    ):
        index.lock(graph_of("http://index.test/my_pkg-1.0.tar.gz#sha256=" + SHA), index_url=f"{secret}/simple")


def test_a_hash_in_the_address_needs_no_index_page(index: Pages) -> None:
    index.server.say("/f/my_pkg-1.0.tar.gz", BODY)
    url = f"{index.server.url}/f/my_pkg-1.0.tar.gz"
    lock = index.lock(graph_of(f"{url}#sha256={SHA}"))

    assert own(lock) == {"sdist_my-pkg_1.0": LockedFile("my_pkg-1.0.tar.gz", SHA, len(BODY), url=url)}
    assert "GET /simple/my-pkg/" not in index.server.asked


@pytest.mark.parametrize("stated", [{}, {"md5": "0" * 32}, None])
def test_a_missing_hash_is_an_error_unless_it_may_be_recorded(index: Pages, stated: dict[str, str] | None) -> None:
    index.add("my-pkg", *([] if stated is None else [{"filename": "my_pkg-1.0.tar.gz", "hashes": stated}]))
    index.server.say("/files/my_pkg-1.0.tar.gz", BODY)
    graph = graph_of(f"{index.server.url}/files/my_pkg-1.0.tar.gz")

    with pytest.raises(
        LockError, match=r"my-pkg 1\.0: no index states a hash for my_pkg-1\.0\.tar\.gz .*--record-hash my-pkg"
    ):
        index.lock(graph)

    assert own(index.lock(graph, record=frozenset({"my-pkg"})))["sdist_my-pkg_1.0"].sha256 == SHA


def test_a_file_with_an_address_of_its_own_need_not_be_on_the_index(index: Pages) -> None:
    graph = graph_of(index.server.say("/elsewhere/my_pkg-1.0.tar.gz", BODY))

    with pytest.raises(LockError, match=r"my-pkg 1\.0: no index states a hash .*--record-hash my-pkg"):
        index.lock(graph)
    assert own(index.lock(graph, record=frozenset({"my-pkg"})))["sdist_my-pkg_1.0"].sha256 == SHA


def test_an_archive_of_a_forge_is_recorded_under_a_default_name(index: Pages) -> None:
    url = index.server.say("/team/my-pkg/archive/v1.0.tar.gz", BODY)

    with pytest.raises(LockError, match="--record-hash my-pkg"):
        index.lock(graph_of(url))
    lock = index.lock(graph_of(url), record=frozenset({"my-pkg"}))

    assert own(lock) == {"sdist_my-pkg_1.0": LockedFile("my_pkg-1.0.tar.gz", SHA, len(BODY), url=url)}


def test_the_archive_of_a_branch_is_never_recorded(index: Pages) -> None:
    url = index.server.say("/x/archive/refs/heads/main.tar.gz", BODY)

    with pytest.raises(LockError, match=r"my-pkg 1\.0: .* is the archive of a branch, whose bytes change"):
        index.lock(graph_of(url), record=frozenset({"my-pkg"}))


def test_a_node_without_an_address_is_found_in_the_index(index: Pages) -> None:
    index.add(
        "my-pkg",
        {"filename": "my_pkg-1.0-py3-none-any.whl", "hashes": {"sha256": "1" * 64}},
        {"filename": "my-pkg-1.0.zip.asc", "hashes": {"sha256": "2" * 64}},
        {"filename": "my_pkg-1.0.1.tar.gz", "hashes": {"sha256": "3" * 64}},
        {"filename": "my-pkg-1.0.0.tar.gz", "hashes": {"sha256": SHA}, "size": 10},
    )

    assert own(index.lock(graph_of("")))["sdist_my-pkg_1.0"].filename == "my-pkg-1.0.0.tar.gz"
    with pytest.raises(LockError, match=r"my-pkg 2\.0: the graph has no address for it, and the index has no source"):
        index.lock(graph_of("", version="2.0"))


def test_a_pre_built_wheel_comes_from_its_own_index(index: Pages) -> None:
    name = "my_pkg-1.0-py3-none-any.whl"
    with serving() as other:
        Pages(other).add("my-pkg", {"filename": name, "hashes": {"sha256": SHA}, "size": 10})
        lock = index.lock(
            graph_of(f"{other.url}/files/{name}", pre_built=True),
            overrides=settings(wheel_server_url=f"{other.url}/simple"),
        )

    assert own(lock)["wheel_my-pkg_1.0"].sha256 == SHA
    assert "GET /simple/my-pkg/" not in index.server.asked


def test_entries_of_an_earlier_lock_need_no_request(index: Pages) -> None:
    index.add("my-pkg", {"filename": "my_pkg-1.0.tar.gz", "hashes": {"sha256": SHA}, "size": 10})
    graph = graph_of(f"{index.server.url}/files/my_pkg-1.0.tar.gz")
    first = index.lock(graph)
    index.server.answers.clear()
    index.server.asked.clear()

    assert index.lock(graph, first) == first
    assert not index.server.asked


def test_a_changed_address_is_locked_again(index: Pages) -> None:
    old = LockedFile("my_pkg-1.0.tar.gz", "0" * 64, 10, url="http://index.test/old.tar.gz")
    previous = Lock({"sdist_my-pkg_1.0": old}, {"my-pkg==1.0": LockedPackage("sdist_my-pkg_1.0", old.url)})
    index.add("my-pkg", {"filename": "my_pkg-1.0.tar.gz", "hashes": {"sha256": SHA}, "size": 10})

    lock = index.lock(graph_of(f"{index.server.url}/files/my_pkg-1.0.tar.gz"), previous)

    assert own(lock)["sdist_my-pkg_1.0"].sha256 == SHA


def test_packages_that_are_not_in_the_graph_are_removed_from_the_lock(index: Pages) -> None:
    index.server.say("/f/my_pkg-1.0.tar.gz", BODY)
    gone = Lock(
        {"sdist_gone_1.0": LockedFile("gone-1.0.tar.gz", SHA)}, {"gone==1.0": LockedPackage("sdist_gone_1.0", "")}
    )
    lock = index.lock(graph_of(f"{index.server.url}/f/my_pkg-1.0.tar.gz#sha256={SHA}"), gone)

    assert list(own(lock)) == ["sdist_my-pkg_1.0"]


def test_a_password_is_not_written_to_the_lock(index: Pages) -> None:
    index.add("my-pkg", {"filename": "my_pkg-1.0.tar.gz", "hashes": {"sha256": SHA}, "size": 10})
    url = f"{index.server.url}/files/my_pkg-1.0.tar.gz".replace("http://", "http://user:secret@")

    assert "secret" not in index.lock(graph_of(url)).to_text()


def test_a_source_with_rust_has_its_cargo_lock_read(index: Pages, tmp_path: Path) -> None:
    files = {
        "my_pkg-1.0/pyproject.toml": '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n',
        "my_pkg-1.0/Cargo.toml": "",
        "my_pkg-1.0/Cargo.lock": 'version = 4\n[[package]]\nname = "my-pkg"\nversion = "1.0.0"\n',
    }
    body = tar_gz(tmp_path / "s.tar.gz", files).read_bytes()
    url = index.server.say("/files/my_pkg-1.0.tar.gz", body)
    sha256 = hashlib.sha256(body).hexdigest()
    nodes = {"": ["toplevel my-pkg==1.0"], "my-pkg==1.0": ["build-system maturin==1.7"], "maturin==1.7": []}
    graph = make_graph(
        nodes, my_pkg={"download_url": f"{url}#sha256={sha256}"}, maturin={"download_url": f"{url}#sha256={sha256}"}
    )
    lock = index.lock(graph)

    rust = lock.rust("my-pkg==1.0")
    assert rust is not None and (rust.root, rust.crates, rust.git) == (".", (), ())
    assert lock.rust("maturin==1.7") is None


def test_a_changed_build_dir_makes_the_lock_search_for_cargo_lock_again(index: Pages, tmp_path: Path) -> None:
    files = {
        "my_pkg-1.0/setup.py": "",
        "my_pkg-1.0/py/pyproject.toml": '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n',
        "my_pkg-1.0/py/Cargo.toml": "",
        "my_pkg-1.0/py/Cargo.lock": 'version = 4\n[[package]]\nname = "my-pkg"\nversion = "1.0.0"\n',
    }
    body = tar_gz(tmp_path / "s.tar.gz", files).read_bytes()
    url = f"{index.server.say('/files/my_pkg-1.0.tar.gz', body)}#sha256={hashlib.sha256(body).hexdigest()}"
    nodes = {"": ["toplevel my-pkg==1.0"], "my-pkg==1.0": ["build-system maturin==1.7"], "maturin==1.7": []}
    graph = make_graph(nodes, my_pkg={"download_url": url}, maturin={"download_url": url})
    first = index.lock(graph)
    second = index.lock(graph, first, overrides=settings(build_dir="py"))

    assert first.rust("my-pkg==1.0") is None
    assert second.rust("my-pkg==1.0") is not None
    assert index.lock(graph, second, overrides=settings(build_dir="py")) == second


def test_the_index_of_a_source_comes_from_its_settings(index: Pages) -> None:
    other = index.server.say("/other/my-pkg/", Answer(_page(index, "my_pkg-1.0.tar.gz"), 200, {"Content-Type": _JSON}))
    graph = graph_of("")
    asked = other.removesuffix("my-pkg/")

    with pytest.raises(LockError, match="no such project"):
        index.lock(graph)
    assert index.lock(graph, overrides=settings(sdist_server_url=asked)).files["sdist_my-pkg_1.0"].sha256 == SHA
    with pytest.raises(LockError, match="no such project"):
        index.lock(graph, overrides=settings(wheel_server_url=asked))


def test_a_command_takes_a_source_from_the_index_that_it_names(index: Pages) -> None:
    """It replaces the address in graph and lock; the next command keeps it if it continues the same work."""
    index.add("my-pkg", {"filename": "my_pkg-1.0.tar.gz", "hashes": {"sha256": "0" * 64}, "size": 10})
    other = index.server.say("/other/my-pkg/", Answer(_page(index, "my_pkg-1.0.tar.gz"), 200, {"Content-Type": _JSON}))
    graph = graph_of(f"{index.server.url}/files/my_pkg-1.0.tar.gz")
    first = index.lock(graph)
    taken = index.lock(graph, first, taken_from={"my-pkg==1.0": other.removesuffix("my-pkg/")})

    assert first.files["sdist_my-pkg_1.0"].sha256 == "0" * 64
    assert taken.files["sdist_my-pkg_1.0"].sha256 == SHA
    assert taken.packages["my-pkg==1.0"].index == f"{index.server.url}/other/"
    assert index.lock(graph, taken, keeps_taken=True) == taken
    assert index.lock(graph, taken) == first


_JSON = "application/vnd.pypi.simple.v1+json"


def _page(index: Pages, filename: str) -> bytes:
    entry = {"filename": filename, "url": f"{index.server.url}/files/{filename}", "hashes": {"sha256": SHA}, "size": 10}
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "my-pkg", "versions": [], "files": [entry]}).encode()


@pytest.mark.parametrize(
    ("before", "request_", "after", "warns"),
    [
        ("", {"python": "3.12", "interpreter": "3.12.1"}, "3.12.1", ""),
        ("", {"python": "3.12"}, "", ""),
        ("", {"python": "3.12.4"}, "3.12.4", ""),
        ("3.12.1", {"python": "3.12"}, "3.12.1", ""),
        ("3.12.1", {"python": "3.12", "interpreter": "3.12.1"}, "3.12.1", ""),
        ("3.12.1", {"python": "3.12", "interpreter": "3.12.4"}, "3.12.1", "this machine builds with 3.12.4"),
        ("3.12.1", {"python": "3.12", "interpreter": "3.12.4", "renews_python": True}, "3.12.4", "from now on"),
        ("3.12.1", {"python": "3.12.4"}, "3.12.4", "from now on it is made for 3.12.4"),
        ("3.12.1", {"python": "3.13"}, "", ""),
        ("3.12.1", {"python": "3.13", "interpreter": "3.13.0"}, "3.13.0", ""),
    ],
)
def test_the_lock_is_for_one_patch_level(
    index: Pages, caplog: pytest.LogCaptureFixture, before: str, request_: dict[str, str], after: str, warns: str
) -> None:
    """A finished graph keeps the patch level for which its markers were evaluated, on every machine."""
    graph = graph_of(f"http://index.test/my_pkg-1.0.tar.gz#sha256={SHA}")
    lock = index.lock(graph, Lock(python=before), **request_)

    assert lock.python == after
    assert (warns in caplog.text) if warns else not caplog.messages
