"""``download-sequence``: downloaded files, their sources and folders, and errors."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from support.command import run, usage_error
from support.samples import contents
from support.servers import Answer, Server

from fromager_gen.errors import LockError, WriteError

JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
SHA_OF_X = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return tmp_path


def entry(url: str, dist: str = "some-pkg", **more: Any) -> dict[str, Any]:
    return {"dist": dist, "version": "1.0", "prebuilt": False, "source_url": url, "source_url_type": "sdist", **more}


def fetch(server: Server, *entries: dict[str, Any], options: tuple[str, ...] = ()) -> Result:
    Path("o.json").write_text(json.dumps(entries))
    return run("--python", "3.12", "download-sequence", "o.json", f"{server.url}/simple", *options)


def index(server: Server, project: str, *names: str, sha256: str = SHA_OF_X) -> None:
    """Serve the page of a project. The content of each file is `x`."""
    files = [{"filename": name, "url": f"/f/{name}", "hashes": {"sha256": sha256}} for name in names]
    page = {"meta": {"api-version": "1.1"}, "name": project, "files": files, "versions": []}
    server.say(f"/simple/{project}/", Answer(json.dumps(page).encode(), 200, JSON))
    for name in names:
        server.say(f"/f/{name}", b"x")


def files() -> dict[str, bytes]:
    return {path: data for path, data in contents(Path()).items() if path != "o.json"}


def test_sources_are_named_as_in_fromager(server: Server) -> None:
    one = server.say("/Some.Pkg-1.0.tar.gz", b"x")
    two = server.say("/v1.zip", b"y")
    result = fetch(server, entry(f"{one}#sha256={SHA_OF_X}"), entry(two, "b"), options=("--num-threads", "1"))

    assert result.exception is None
    assert files() == {"sdists-repo/downloads/some_pkg-1.0.tar.gz": b"x", "sdists-repo/downloads/b-1.0.zip": b"y"}


def test_existing_file_is_not_downloaded_again(server: Server) -> None:
    url = server.say("/a.tar.gz", b"x")
    for _ in range(2):
        assert fetch(server, entry(url)).exception is None

    assert server.asked == ["GET /a.tar.gz"]


def test_sources_of_other_kinds_and_prebuilt_wheels_are_skipped(server: Server) -> None:
    assert fetch(server, entry("x", source_url_type="override"), entry("x", prebuilt=True)).exception is None
    assert files() == {}


def test_source_without_address_is_looked_up(server: Server) -> None:
    index(server, "some-pkg", "some_pkg-0.9.tar.gz", "some_pkg-1.0.tar.gz", "some_pkg-1.0-py3-none-any.whl")

    assert fetch(server, entry("")).exception is None
    assert list(files()) == ["sdists-repo/downloads/some_pkg-1.0.tar.gz"]


def test_include_wheels_downloads_prebuilt_and_other_wheels(server: Server) -> None:
    index(
        server, "some-pkg", "some_pkg-1.0-cp312-cp312-win_amd64.whl", "some_pkg-1.0-py3-none-any.whl",
        "some_pkg-1.0-1-cp312-none-any.whl", "some_pkg-2.0-py3-none-any.whl", "junk.whl",
    )  # fmt: skip
    wheel = server.say("/pre-1.0-py3-none-any.whl", b"p")
    sdist = server.say("/s.tar.gz", b"s")
    result = fetch(server, entry(wheel, "pre", prebuilt=True), entry(sdist), options=("-w",))

    assert result.exception is None
    assert list(files()) == [
        "sdists-repo/downloads/some_pkg-1.0.tar.gz",
        "wheels-repo/downloads/some_pkg-1.0-1-cp312-none-any.whl",
        "wheels-repo/prebuilt/pre-1.0-py3-none-any.whl",
    ]


def test_prebuilt_wheel_without_address_is_looked_up(server: Server) -> None:
    index(server, "some-pkg", "some_pkg-1.0-py3-none-any.whl")

    assert fetch(server, entry("", prebuilt=True), options=("--include-wheels",)).exception is None
    assert list(files()) == ["wheels-repo/prebuilt/some_pkg-1.0-py3-none-any.whl"]


def test_wheel_missing_on_the_index_is_a_warning(server: Server) -> None:
    index(server, "some-pkg", "some_pkg-1.0-cp311-cp311-win32.whl")
    result = fetch(server, entry(server.say("/a.tar.gz", b"x")), options=("-w",))

    assert result.exception is None
    assert "warning: some-pkg 1.0: the index" in result.stderr
    assert "has no wheel for Python 3.12 on this machine of this version" in result.stderr


def test_all_missing_files_are_reported_and_others_downloaded(server: Server) -> None:
    good = server.say("/a.tar.gz", b"x")
    result = fetch(server, entry(f"{server.url}/none"), entry(good, "b"), entry(f"{server.url}/none2", "c"))

    assert isinstance(result.exception, LockError)
    assert str(result.exception).startswith("o.json: some files can't be downloaded: 2 problems\n  - some-pkg 1.0: ")
    assert "not found (404)" in str(result.exception)
    assert list(files()) == ["sdists-repo/downloads/b-1.0.tar.gz"]


def test_missing_sources_can_be_ignored(server: Server) -> None:
    result = fetch(server, entry(f"{server.url}/none"), options=("--ignore-missing-sdists",))

    assert result.exception is None
    assert "warning: some-pkg 1.0: " in result.stderr


def test_file_with_other_hash_is_not_kept(server: Server) -> None:
    index(server, "some-pkg", "some_pkg-1.0.tar.gz", sha256="0" * 64)
    result = fetch(server, entry(""))

    assert "expected 0000" in str(result.exception)
    assert files() == {}


@pytest.mark.parametrize("url", ["file:///etc/passwd", "git+https://forge.test/a@v1", "x", "http://a b/"])
def test_address_with_other_scheme_is_an_error(server: Server, url: str) -> None:
    assert "is not an http or https address" in str(fetch(server, entry(url)).exception)


@pytest.mark.parametrize(
    "path", ["/other-1.0-py3-none-any.whl", "/pre-2.0-py3-none-any.whl", "/pre.zip", "/..%2Fpre-1.0-py3-none-any.whl"]
)
def test_address_of_another_wheel_is_an_error(server: Server, path: str) -> None:
    result = fetch(server, entry(server.say(path, b"x"), "pre", prebuilt=True), options=("-w",))

    assert "is not a wheel" in str(result.exception)
    assert files() == {}


# Root can write everywhere, except in a process without that right.
WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-dac_override"] if os.getuid() == 0 else []


def test_unwritable_folder_is_an_error(server: Server) -> None:
    Path("sdists-repo").mkdir(mode=0o500)
    Path("o.json").write_text(json.dumps([entry(server.say("/a.tar.gz", b"x"))]))
    command = [sys.executable, "-m", "fromager_gen", "download-sequence", "o.json", f"{server.url}/simple"]
    result = subprocess.run([*WITHOUT_RIGHTS, *command], capture_output=True, text=True, check=False)

    assert result.returncode == WriteError.exit_code
    assert "can't be written: " in result.stderr and ": Permission denied" in result.stderr
    assert files() == {}
    assert server.asked == []


def test_file_in_place_of_a_folder_is_an_error(server: Server) -> None:
    Path("sdists-repo").touch()

    said = str(fetch(server, entry(server.say("/a.tar.gz", b"x"))).exception)
    assert said.startswith("sdists-repo/downloads can't be created: ")


def test_wrong_options(server: Server) -> None:
    Path("o.json").write_text("[]")

    assert "'ftp://x' is not an http or https address" in usage_error("download-sequence", "o.json", "ftp://x")
    assert "0 is not in the range" in usage_error("download-sequence", "o.json", "http://x", "--num-threads", "0")
    assert "Missing argument" in usage_error("download-sequence", "o.json")
    assert "is not a valid build order" in str(fetch(server, 3).exception)  # type: ignore[arg-type]


def test_existing_file_with_other_hash_is_downloaded_again(server: Server) -> None:
    index(server, "some-pkg", "some_pkg-1.0.tar.gz")
    place = Path("sdists-repo/downloads/some_pkg-1.0.tar.gz")
    place.parent.mkdir(parents=True)
    place.write_bytes(b"junk")

    assert fetch(server, entry("")).exception is None
    assert place.read_bytes() == b"x"
