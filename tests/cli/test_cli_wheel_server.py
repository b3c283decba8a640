"""``wheel-server``: an index that pip can use, and paths that are not found."""

import hashlib
import http.client
import importlib.metadata
import os
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from packaging.version import Version
from support.command import error, usage_error
from support.installs import pip_install
from support.wheels import files_of_package, write_wheel

from fromager_gen.errors import WriteError
from fromager_gen.net.index import Index
from fromager_gen.serve import Server, link_wheels, make_server
from fromager_gen.wheel_index import HTML, HTML_V1, JSON_V1

WHEEL = "some_pkg-1.0+cpu-py3-none-any.whl"
NAME = "demo-1.0-py3-none-any.whl"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    repo = tmp_path / "wheels-repo"
    (repo / "downloads").mkdir(parents=True)
    (repo / "downloads" / WHEEL).write_bytes(b"wheel" * 1000)
    (tmp_path / "secret.whl").write_text("secret")
    link_wheels(repo)
    return repo


@pytest.fixture
def server(repo: Path) -> Iterator[Server]:
    with make_server(repo / "simple", "127.0.0.1", 0) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(server: Server, path: str, method: str = "GET") -> tuple[int, bytes]:
    """Request a path unchanged. requests would normalise it."""
    client = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    client.request(method, path)
    response = client.getresponse()
    answer = response.status, response.read()
    client.close()
    return answer


def test_wheels_are_linked_into_the_index_once(repo: Path) -> None:
    link = repo / "simple" / "some-pkg" / WHEEL
    assert os.readlink(link) == f"../../downloads/{WHEEL}"

    (repo / "prebuilt").mkdir()
    (repo / "prebuilt" / "other-2-py3-none-any.whl").touch()
    (repo / "simple" / "other").mkdir()
    (repo / "simple" / "other" / "other-2-py3-none-any.whl").symlink_to("nowhere")
    link_wheels(repo)
    assert (repo / "simple" / "other" / "other-2-py3-none-any.whl").is_file()


def test_wheel_with_invalid_name_is_not_served(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repo / "downloads" / "x.whl").touch()
    link_wheels(repo)

    assert "x.whl is not served: its name is not a valid wheel file name" in capsys.readouterr().err
    assert [path.name for path in (repo / "simple").iterdir()] == ["some-pkg"]


def test_unwritable_index_is_an_error(repo: Path) -> None:
    (repo / "downloads" / "other-2-py3-none-any.whl").touch()
    (repo / "simple" / "other").touch()

    with pytest.raises(WriteError, match=r"other-2-py3-none-any\.whl can't be written"):
        link_wheels(repo)


def test_server_is_a_package_index(server: Server) -> None:
    with requests.Session() as client:
        found = Index(client, server.url).files("Some_Pkg")[WHEEL]
        assert client.get(found.url, timeout=10).content == b"wheel" * 1000
        assert found.sha256 == hashlib.sha256(b"wheel" * 1000).hexdigest()
        (server.folder / "some-pkg" / WHEEL).write_bytes(b"another")
        again = Index(client, server.url).files("some-pkg")[WHEEL]
        assert again.sha256 == hashlib.sha256(b"another").hexdigest()
        (server.folder / "some-pkg" / WHEEL).write_bytes(b"wheel" * 1000)
        assert client.head(found.url, timeout=10).headers["Content-Length"] == "5000"
        assert '<a href="/simple/some-pkg/">some-pkg</a>' in client.get(server.url, timeout=10).text


@pytest.mark.skipif(
    Version(importlib.metadata.version("pip")) < Version("23.1"), reason="pip 23.0 reads the key of metadata wrongly"
)
def test_pip_installs_from_the_server_and_resolves_by_the_metadata(repo: Path, server: Server, tmp_path: Path) -> None:
    write_wheel(repo / "downloads" / "top-1.0-py3-none-any.whl", files_of_package("top", "1.0", ["needed"]))
    write_wheel(repo / "downloads" / "needed-1.0+cpu-py3-none-any.whl", files_of_package("needed", "1.0+cpu"))
    link_wheels(repo)

    installed = pip_install(tmp_path / "target", "-vv", "--index-url", server.url, "top")
    assert installed == ["needed-1.0+cpu.dist-info", "top-1.0.dist-info"]


def test_metadata_of_a_wheel_is_served(repo: Path, server: Server) -> None:
    write_wheel(repo / "downloads" / NAME)
    link_wheels(repo)
    with zipfile.ZipFile(repo / "downloads" / NAME) as wheel:
        inside = wheel.read("demo-1.0.dist-info/METADATA")

    assert ask(server, f"/simple/demo/{NAME}.metadata") == (200, inside)
    assert ask(server, f"/simple/demo/{NAME}.metadata", "HEAD") == (200, b"")
    page = requests.get(f"{server.url}demo/", headers={"Accept": JSON_V1}, timeout=10).json()
    assert page["files"][0]["core-metadata"] == {"sha256": hashlib.sha256(inside).hexdigest()}
    assert page["files"][0]["url"] == f"/simple/demo/{NAME}" and page["versions"] == ["1.0"]


def test_a_damaged_wheel_and_a_source_have_no_metadata(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    (server.folder / "some-pkg" / "some-pkg-1.tar.gz").write_bytes(b"source")
    text = ask(server, "/simple/some-pkg/")[1].decode()

    assert WHEEL in text and "some-pkg-1.tar.gz" in text and "core-metadata" not in text
    assert ask(server, f"/simple/some-pkg/{WHEEL.replace('+', '%2B')}.metadata")[0] == 404
    assert ask(server, "/simple/some-pkg/some-pkg-1.tar.gz") == (200, b"source")
    assert ask(server, "/simple/some-pkg/some-pkg-1.tar.gz.metadata")[0] == 404
    assert "Traceback" not in capfd.readouterr().err


def test_a_file_that_cannot_be_read_is_not_listed(server: Server) -> None:
    (server.folder / "some-pkg" / "gone-1-py3-none-any.whl").symlink_to("nowhere")
    (server.folder / "some-pkg" / "loop-1-py3-none-any.whl").symlink_to("loop-1-py3-none-any.whl")

    assert ask(server, "/simple/some-pkg/")[1].count(b"<a ") == 1


@pytest.mark.parametrize("path", ["/simple/", "/simple/some-pkg/"])
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, HTML), ("", HTML), ("*/*", HTML), ("text/*", HTML), ("text/html,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.1, text/html;q=0.01", JSON_V1),
        ("text/html, application/vnd.pypi.simple.v1+html, application/vnd.pypi.simple.v1+json", JSON_V1),
        ("application/vnd.pypi.simple.latest+json", JSON_V1), ("Application/VND.pypi.simple.Latest+HTML", HTML_V1),
        ("application/vnd.pypi.simple.v1+json;q=0, */*;q=0.1", HTML), ("text/html;q=0, */*", HTML_V1),
        ("application/*", HTML_V1), ("text/html ; q=0.5, application/vnd.pypi.simple.v1+json;q=0.4", HTML),
        ("application/vnd.pypi.simple.v1+json;q=2, text/html", HTML), ("text/html;charset=utf-8", HTML),
        ("application/vnd.pypi.simple.v2+json", None), ("application/json", None), ("*/*;q=0", None),
    ],
)  # fmt: skip
def test_the_form_of_a_page_is_what_the_client_accepts(
    server: Server, path: str, accept: str | None, kind: str | None
) -> None:
    response = requests.get(server.url.replace("/simple/", path), headers={"Accept": accept}, timeout=10)

    assert response.headers["Vary"] == "Accept"
    if kind is None:
        assert response.status_code == 406 and JSON_V1 in response.text
    else:
        assert response.status_code == 200 and response.headers["Content-Type"].partition(";")[0] == kind
        assert response.text.startswith("{" if kind == JSON_V1 else "<!DOCTYPE html>")


def test_paths_with_and_without_trailing_slash(server: Server) -> None:
    assert ask(server, "/") == (301, b"")
    for path in ("/simple", "/simple/", "/simple/some-pkg", "/simple/some.pkg/", "/simple/?x=y"):
        assert ask(server, path)[0] == 200
    assert ask(server, "/simple/", "HEAD") == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/x", "/simple/none", "/simple/none/", "/simple/..", "/simple/../secret.whl", "/simple/%2e%2e/secret.whl",
        "/simple/some-pkg/..%2F..%2F..%2Fsecret.whl", "/simple/some-pkg/none.whl", "/simple/some-pkg/index.html",
        "/simple/some-pkg/%00.whl", "/simple/some-pkg/a/b",
    ],
)  # fmt: skip
def test_other_paths_are_not_found(server: Server, path: str) -> None:
    (server.folder / "some-pkg" / "index.html").touch()
    status, body = ask(server, path)

    assert status == 404
    assert b"secret" not in body


def test_other_methods_are_rejected(server: Server) -> None:
    assert ask(server, "/simple/", "POST")[0] == 501


def test_invalid_names_in_the_folder_are_not_served(server: Server) -> None:
    (server.folder / '"><script>').mkdir()
    (server.folder / "some-pkg" / 'x"\n.whl').touch()

    assert b"script" not in ask(server, "/simple/")[1]
    assert ask(server, "/simple/some-pkg")[1].count(b"<a ") == 1


def test_link_wheels_of_empty_folder_writes_nothing(tmp_path: Path) -> None:
    link_wheels(tmp_path)

    assert not list(tmp_path.iterdir())


def test_disconnecting_client_is_not_reported(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    (server.folder / "some-pkg" / "big.whl").write_bytes(bytes(20_000_000))
    with socket.create_connection(("127.0.0.1", server.server_port)) as client:
        client.sendall(b"GET /simple/some-pkg/big.whl HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(10)
    assert ask(server, "/simple/")[0] == 200

    assert "Traceback" not in capfd.readouterr().err


def test_ipv6_address_has_brackets() -> None:
    try:
        with make_server(Path("none"), "::1", 0) as server:
            assert server.url == f"http://[::1]:{server.server_port}/simple/"
    except Exception as err:
        pytest.skip(f"no IPv6 here: {err}")


def test_port_in_use_is_an_error(server: Server) -> None:
    text = str(error("wheel-server", "-i", "127.0.0.1", "-p", str(server.server_port)))

    assert text.startswith(f"cannot listen on port {server.server_port} of 127.0.0.1: Address already in use; choose")


@pytest.mark.parametrize("address", ["203.0.113.1", "x" * 300, "no such name"])
def test_address_of_another_machine_is_an_error(address: str) -> None:
    assert "cannot listen on port" in str(error("wheel-server", "--address", address, "--port", "0"))


def test_invalid_port_is_an_error() -> None:
    assert "65536 is not in the range" in usage_error("wheel-server", "-p", "65536")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_the_server(repo: Path, number: int) -> None:
    command = [sys.executable, "-m", "fromager_gen", "-w", repo, "wheel-server", "-p", "0", "--ip", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("Listening on ").strip()
        assert WHEEL.replace("+", "%2B") in requests.get(f"{url}some-pkg/", timeout=10).text
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)

    assert process.returncode == 0
    assert "Traceback" not in errors
