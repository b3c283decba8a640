"""fromager.lock.json is read as it was written, and invalid values are errors."""

import json
from pathlib import Path
from typing import Any

import pytest

from fromager_gen.errors import LockError
from fromager_gen.lock import Lock, LockedFile, LockedPackage, RustLock
from fromager_gen.lock.model import read_lock

SHA = "0123456789abcdef" * 4
COMMIT = "c" * 40
FILES = {
    "sdist_a_1-2.0_cu121": LockedFile(
        "a-1!2.0+cu121.tar.gz", SHA, 10, url="https://index.test/a-1%212.0%2Bcu121.tar.gz"
    ),
    "sdist_g_1.0": LockedFile("g-1.0.tar", SHA, git="https://forge.test/g.git", commit=COMMIT, prefix="g-1.0"),
    "wheel_w_1.0": LockedFile("w-1.0-py3-none-any.whl", SHA, 7, url="http://index.test/w-1.0-py3-none-any.whl"),
    "crate_serde_1.0.0_x": LockedFile("serde-1.0.0+x.crate", SHA, url="https://crates.test/serde"),
    "git_cccccccccccccccc": LockedFile(
        "cccccccccccccccc.tar", SHA, 5, git="file:///g", commit=COMMIT, prefix="cccccccccccccccc"
    ),
}
RUST = RustLock("rust", ("serde_1.0.0_x",), (("git_cccccccccccccccc", f"git+file:///g?branch=main#{COMMIT}"),))
LOCK = Lock(
    FILES,
    {
        "a==1!2.0+cu121": LockedPackage("sdist_a_1-2.0_cu121", "https://index.test/a", RUST),
        "w==1.0": LockedPackage("wheel_w_1.0", "", index="https://index.test/simple"),
    },
    "3.12.1",
)


def read(tmp_path: Path, document: Any) -> Lock:
    path = tmp_path / "fromager.lock.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return read_lock(path)


def changed(name: str, **fields: Any) -> dict[str, Any]:
    document = json.loads(LOCK.to_text())
    document["files"][name].update(fields)
    return document


def test_a_written_lock_is_read_back(tmp_path: Path) -> None:
    assert read(tmp_path, LOCK.to_text()) == LOCK


def test_a_missing_lock_is_empty(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "none.json") == Lock()


def test_the_text_does_not_depend_on_the_order_of_entries() -> None:
    shuffled = Lock(dict(reversed(FILES.items())), dict(reversed(LOCK.packages.items())), LOCK.python)

    assert shuffled.to_text() == LOCK.to_text()


def test_one_changed_hash_is_one_changed_line() -> None:
    other = Lock(
        {**FILES, "wheel_w_1.0": LockedFile("w-1.0-py3-none-any.whl", "f" * 64, 7, url="http://index.test/w")},
        LOCK.packages,
        LOCK.python,
    )
    pairs = zip(LOCK.to_text().splitlines(), other.to_text().splitlines(), strict=True)

    assert [old.partition(":")[0] for old, new in pairs if old != new] == ['"wheel_w_1.0"']


def test_an_empty_lock_is_read_back(tmp_path: Path) -> None:
    assert read(tmp_path, Lock().to_text()) == Lock()


def test_sizes_and_crates_are_found_by_package() -> None:
    assert (LOCK.size("w==1.0"), LOCK.size("none==1")) == (7, 0)
    assert (LOCK.rust("a==1!2.0+cu121"), LOCK.rust("w==1.0"), LOCK.rust("none==1")) == (RUST, None, None)
    assert Lock({"f": LockedFile("f", SHA)}, {"a==1": LockedPackage("f", "")}).size("a==1") == 0


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"version": 1}', '{"version": 1, "files": [], "packages": {}}', "[" * 100_000,
     '{"version": 1, "files": {"sdist_a_1": []}, "packages": {}}',
     '{"version": 1, "files": {}, "packages": {"a==1": 3}}',
     '{"version": 1, "files": {"sdist_a_1": {"filename": "a"}}, "packages": {}}',
     '{"version": 1, "files": {"sdist_a_1": {"filename": "a", "sha256": "0", "mode": 1}}, "packages": {}}',
     '{"version": 1, "files": {}, "packages": {"a==1": {"file": "x"}}}'],
)  # fmt: skip
def test_the_error_for_a_damaged_lock_names_the_file_and_the_remedy(tmp_path: Path, text: str) -> None:
    with pytest.raises(LockError, match=r"fromager\.lock\.json") as raised:
        read(tmp_path, text)
    said = str(raised.value)
    assert "or remove it" in said or "which is not among the files" in said
    assert "Error(" not in said


def test_a_lock_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "l.json").write_bytes(b"\xff\xfe")

    with pytest.raises(LockError, match="damaged"):
        read_lock(tmp_path / "l.json")


def test_a_lock_of_a_later_version_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LockError, match=r"has version 2, but fromager-gen reads version 1"):
        read(tmp_path, {"version": 2, "files": {}, "packages": {}})


@pytest.mark.parametrize("name", ["wheel_w_1.0", "crate_serde_1.0.0_x"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("filename", "../w.whl"),
        ("filename", "/etc/passwd"),
        ("filename", "-rf"),
        ("filename", ".hidden"),
        ("filename", "a b"),
        ("filename", 'a"b'),
        ("filename", ""),
        ("sha256", SHA[:-1]),
        ("sha256", SHA.upper()),
        ("sha256", ""),
        ("sha256", SHA + "\n"),
        ("url", ""),
        ("url", "ftp://index.test/x"),
        ("url", "javascript:alert(1)"),
        ("url", 'http://index.test/"+evil()+"'),
        ("url", "http://index.test/a b"),
        ("url", "http://index.test/\\"),
        ("url", "http://index.test/x\n"),
    ],
)
def test_an_invalid_value_of_a_file_is_an_error(tmp_path: Path, name: str, field: str, value: str) -> None:
    with pytest.raises(LockError, match=f"in the entry '{name}' is not (a )?valid"):
        read(tmp_path, changed(name, **{field: value}))


@pytest.mark.parametrize(
    ("field", "value"), [("sha256", None), ("filename", 3), ("url", ["http://index.test"]), ("size", "7")]
)
def test_a_field_of_the_wrong_type_is_an_error(tmp_path: Path, field: str, value: Any) -> None:
    with pytest.raises(LockError, match=r"fromager\.lock\.json"):
        read(tmp_path, changed("wheel_w_1.0", **{field: value}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("commit", "main"),
        ("commit", "c" * 39),
        ("prefix", "../x"),
        ("git", "ext::sh -c id"),
        ("git", "--upload-pack=x"),
    ],
)
def test_an_invalid_value_of_a_git_entry_is_an_error(tmp_path: Path, field: str, value: str) -> None:
    with pytest.raises(LockError, match=r"in the entry 'sdist_g_1\.0' is not (a )?valid"):
        read(tmp_path, changed("sdist_g_1.0", **{field: value}))


@pytest.mark.parametrize("name", ["../x", "sdist_a/b", "other_a_1", 'sdist_"', "sdist_a b", "sdist_"])
def test_an_invalid_name_of_a_repository_is_an_error(tmp_path: Path, name: str) -> None:
    document = {
        "version": 1,
        "files": {name: {"filename": "a", "sha256": SHA, "url": "http://index.test/a"}},
        "packages": {},
    }

    with pytest.raises(LockError, match="is not valid"):
        read(tmp_path, document)


@pytest.mark.parametrize("root", ["..", "/etc", "a/../../b", 3])
def test_a_cargo_root_outside_the_source_is_an_error(tmp_path: Path, root: Any) -> None:
    document = json.loads(LOCK.to_text())
    document["packages"]["a==1!2.0+cu121"]["rust"]["root"] = root

    with pytest.raises(LockError, match=r"fromager\.lock\.json"):
        read(tmp_path, document)


@pytest.mark.parametrize("missing", ["sdist_a_1-2.0_cu121", "crate_serde_1.0.0_x", "git_cccccccccccccccc"])
def test_a_package_without_its_file_is_an_error(tmp_path: Path, missing: str) -> None:
    document = json.loads(LOCK.to_text())
    del document["files"][missing]

    with pytest.raises(LockError, match=f"a package uses '{missing}', which is not among the files"):
        read(tmp_path, document)


@pytest.mark.parametrize("source", ["git+http://forge.test/x?branch=y\n--patch\n/etc/passwd#", "http://forge.test/x#"])
def test_an_invalid_git_source_is_an_error(tmp_path: Path, source: str) -> None:
    rust = RustLock(".", (), (("git_c", source + "c" * 40),))
    files = {
        "sdist_a_1.0": LockedFile("a.tar.gz", "0" * 64, url="http://h/a"),
        "git_c": LockedFile("c.tar", "0" * 64, url="http://h/c"),
    }
    path = tmp_path / "lock.json"
    path.write_text(Lock(files, {"a==1.0": LockedPackage("sdist_a_1.0", "", rust)}).to_text())

    with pytest.raises(LockError, match=r"the git source .* is not valid"):
        read_lock(path)
