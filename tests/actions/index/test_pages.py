"""The pages of an index: what they state about each file, in both forms, also for damaged and hostile wheels."""

import hashlib
import json
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from support.wheels import INFO, files_of, metadata, write_wheel

from actions.index import listed
from actions.index.listed import Listed, describe, describe_with_metadata, metadata_of
from actions.index.pages import HTML, JSON_V1, metadata_files, project_page, root_page, site

NAME = "demo-1.0-py3-none-any.whl"
MADE_FOR = metadata().replace("\n\n", "\nRequires-Python: >=3.11, <4\n\n", 1)


class Anchors(HTMLParser):
    """The attributes of each link."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(dict(attrs))


def wheel(folder: Path, name: str = NAME, text: str = MADE_FOR) -> Path:
    return write_wheel(folder / name, {**files_of(), f"{INFO}/METADATA": text})


def json_of(files: list[Listed]) -> Any:
    return json.loads(project_page(JSON_V1, "demo", files, "../../"))


def test_both_forms_state_hash_size_python_and_metadata(tmp_path: Path) -> None:
    path = wheel(tmp_path)
    digest, of_metadata = hashlib.sha256(path.read_bytes()).hexdigest(), hashlib.sha256(MADE_FOR.encode()).hexdigest()

    page = json_of([describe(path)])
    assert page == {
        "meta": {"api-version": "1.1"},
        "name": "demo",
        "versions": ["1.0"],
        "files": [
            {
                "filename": NAME,
                "url": f"../../{NAME}",
                "hashes": {"sha256": digest},
                "size": path.stat().st_size,
                "requires-python": ">=3.11, <4",
                "core-metadata": {"sha256": of_metadata},
                "dist-info-metadata": {"sha256": of_metadata},
            }
        ],
    }
    (anchor,) = Anchors(project_page(HTML, "demo", [describe(path)], "../../")).found
    assert anchor == {
        "href": f"../../{NAME}#sha256={digest}",
        "data-requires-python": ">=3.11, <4",
        "data-core-metadata": f"sha256={of_metadata}",
        "data-dist-info-metadata": f"sha256={of_metadata}",
    }
    assert metadata_files([describe_with_metadata(path)]) == {f"{NAME}.metadata": MADE_FOR.encode()}


def test_local_versions_are_escaped_in_links() -> None:
    file = Listed("demo-1.0+cu121-py3-none-any.whl", "0" * 64, 1)

    assert json_of([file])["files"][0]["url"] == "../../demo-1.0%2Bcu121-py3-none-any.whl"
    assert json_of([file])["versions"] == ["1.0+cu121"]
    assert b"demo-1.0%2Bcu121-py3" in project_page(HTML, "demo", [file], "../../")


@pytest.mark.parametrize(
    ("name", "project", "version"),
    [
        (NAME, "demo", "1.0"),
        ("Foo_Bar-2.0-0-py3-none-any.whl", "foo-bar", "2.0"),
        ("foo-bar-2.0.tar.gz", "foo-bar", "2.0"),
        ("foo_bar-2.0.tar.gz", "foo-bar", "2.0"),
        ("x.whl", "x-whl", ""),
    ],
)
def test_project_and_version_of_a_file_name(name: str, project: str, version: str) -> None:
    file = Listed(name, "", 0)

    assert (file.project, file.version) == (project, version)


def damaged(folder: Path, name: str) -> Path:
    folder.joinpath(name).write_bytes(b"not a zip")
    return folder / name


def two_metadata(folder: Path, name: str) -> Path:
    return write_wheel(folder / name, {**files_of(), "other-1.dist-info/METADATA": metadata("other")})


def cut(folder: Path, name: str) -> Path:
    path = wheel(folder, name)
    data = path.read_bytes()
    with zipfile.ZipFile(path) as opened:
        at = opened.getinfo(f"{INFO}/METADATA").header_offset
    path.write_bytes(data[: at + 60] + bytes(20) + data[at + 80 :])
    return path


def not_utf8(folder: Path, name: str) -> Path:
    return write_wheel(folder / name, {**files_of(), f"{INFO}/METADATA": b"Name: \xff\xfe\n"})


def too_large(folder: Path, name: str) -> Path:
    return write_wheel(folder / name, {**files_of(), f"{INFO}/METADATA": metadata() + " " * (17 << 20)})


def encrypted(folder: Path, name: str) -> Path:
    path = wheel(folder, name)
    data = bytearray(path.read_bytes())
    start = data.index(b"PK\x01\x02")
    while start >= 0:  # the flag of encryption, in each entry of the directory
        data[start + 8] |= 1
        start = data.find(b"PK\x01\x02", start + 1)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("make", [damaged, two_metadata, cut, not_utf8, too_large, encrypted])
def test_a_damaged_wheel_is_listed_without_metadata(tmp_path: Path, make: Any) -> None:
    path = make(tmp_path, NAME)

    assert metadata_of(path) is None
    assert describe(path) == Listed(NAME, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    assert "core-metadata" not in json_of([describe(path)])["files"][0]


def test_texts_of_a_hostile_wheel_are_escaped(tmp_path: Path) -> None:
    path = wheel(tmp_path, text=MADE_FOR.replace(">=3.11, <4", '"><script>'))

    page = project_page(HTML, '"><script>', [describe(path)], "../../")
    assert b"<script" not in page
    assert Anchors(page).found[0]["data-requires-python"] == '"><script>'
    assert listed.describe(wheel(tmp_path, text=MADE_FOR.replace(">=3.11", ">=3\x00"))).requires_python == ""


def test_a_source_distribution_has_no_metadata(tmp_path: Path) -> None:
    (tmp_path / "demo-1.0.tar.gz").write_bytes(b"x")

    assert describe(tmp_path / "demo-1.0.tar.gz").metadata_sha256 == ""


def test_pages_are_sorted_and_projects_come_before_the_root() -> None:
    files = [Listed(f"{name}-1-py3-none-any.whl", "", 0) for name in ("b", "a_c", "A")]

    assert list(site(files)) == [
        "simple/a/index.html", "simple/a-c/index.html", "simple/b/index.html",
        "simple/a/index.json", "simple/a-c/index.json", "simple/b/index.json",
        "simple/index.html", "simple/index.json",
    ]  # fmt: skip
    assert site(files) == site(files[::-1])
    assert json.loads(site(files)["simple/index.json"])["projects"] == [{"name": "a"}, {"name": "a-c"}, {"name": "b"}]
    assert root_page(HTML, ["b"], "/simple/").count(b'<a href="/simple/b/">b</a>') == 1
