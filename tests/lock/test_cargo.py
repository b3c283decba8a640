"""Crates of the default registry: their addresses, and crates that are refused."""

import os
from pathlib import Path

import pytest

from fromager_gen.errors import LockError, ToolError
from fromager_gen.lock import LockedFile
from fromager_gen.lock.cargo import Registry, default_registry, lock_crate

SHA = "0123456789abcdef" * 4
REGISTRY = Registry("registry+http://crates.test/index", "http://crates.test/dl")


def crate(**changes: str) -> dict[str, str]:
    return {"name": "serde", "version": "1.0.0", "checksum": SHA, "source": REGISTRY.source, **changes}


@pytest.mark.parametrize(
    ("dl", "name", "url"),
    [
        ("http://c.test/dl", "serde", "http://c.test/dl/serde/1.0.0/download"),
        ("http://c.test/{crate}/{crate}-{version}.crate", "serde", "http://c.test/serde/serde-1.0.0.crate"),
        ("http://c.test/{prefix}/{crate}", "a", "http://c.test/1/a"),
        ("http://c.test/{prefix}/{crate}", "ab", "http://c.test/2/ab"),
        ("http://c.test/{prefix}/{crate}", "Abc", "http://c.test/3/A/Abc"),
        ("http://c.test/{prefix}/{crate}", "Serde", "http://c.test/Se/rd/Serde"),
        ("http://c.test/{lowerprefix}/{crate}", "Abc", "http://c.test/3/a/Abc"),
        ("http://c.test/{lowerprefix}/{crate}", "Serde", "http://c.test/se/rd/Serde"),
        ("http://c.test/{sha256-checksum}", "serde", f"http://c.test/{SHA}"),
    ],
)
def test_the_address_of_a_crate_follows_the_registrys_template(dl: str, name: str, url: str) -> None:
    assert Registry("x", dl).url(name, "1.0.0", SHA) == url


def test_a_crate_is_locked_by_its_checksum() -> None:
    assert lock_crate(crate(version="0.11.0+wasi-x"), REGISTRY) == (
        "crate_serde_0.11.0_wasi-x",
        LockedFile("serde-0.11.0+wasi-x.crate", SHA, url="http://crates.test/dl/serde/0.11.0+wasi-x/download"),
    )


def test_a_crate_of_another_registry_is_an_error() -> None:
    with pytest.raises(
        LockError, match=r"crate serde 1\.0\.0 is from registry\+http://other\.test, but cargo's default registry is "
    ):
        lock_crate(crate(source="registry+http://other.test"), REGISTRY)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "../x"),
        ("name", ""),
        ("name", 'a"b'),
        ("name", "a" * 65),
        ("name", "serde\n"),
        ("version", "../1"),
        ("version", ""),
        ("version", "1.0.0 x"),
        ("checksum", ""),
        ("checksum", SHA[1:]),
        ("checksum", SHA.upper()),
    ],
)
def test_an_invalid_name_version_or_checksum_is_an_error(field: str, value: str) -> None:
    """Also before cargo is asked, because the name becomes part of a Cargo.toml."""
    for use in (lambda given: lock_crate(given, REGISTRY), default_registry):
        with pytest.raises(LockError, match=rf"crate '.*' '.*': .* is not a valid {field}"):
            use(crate(**{field: value}))


def fake_cargo(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a fake cargo first on PATH; it runs in the folder of the manifest that it is given."""
    (folder / "cargo").write_text(f'#!/bin/sh\ncd "$(dirname "$4")"\n{script}')
    (folder / "cargo").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_cargo_is_asked_for_its_registry_with_the_users_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("# mine\n")
    monkeypatch.setenv("CARGO_HOME", str(home))
    fake_cargo(
        tmp_path,
        """
        cmp "$CARGO_HOME/config.toml" "$WANTED" && grep -q '"serde" = "=1.0.0"' Cargo.toml || exit 3
        mkdir -p "$CARGO_HOME/registry/index/x"
        echo '{"dl": "http://crates.test/dl"}' > "$CARGO_HOME/registry/index/x/config.json"
        printf '[[package]]\\nname = "ask"\\n[[package]]\\nsource = "registry+http://c.test"\\n' > Cargo.lock
        """,
        monkeypatch,
    )
    monkeypatch.setenv("WANTED", str(home / "config.toml"))

    assert default_registry(crate()) == Registry("registry+http://c.test", "http://crates.test/dl")


def test_the_error_for_an_unreachable_registry_is_that_of_cargo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_cargo(tmp_path, "echo 'could not resolve host' >&2\nexit 101\n", monkeypatch)

    with pytest.raises(LockError, match="cargo fetch failed: could not resolve host"):
        default_registry(crate())


def test_an_index_without_a_download_address_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_cargo(tmp_path, "printf '[[package]]\\nsource = \"registry+http://c.test\"\\n' > Cargo.lock\n", monkeypatch)

    with pytest.raises(LockError, match="cargo's index has no download address"):
        default_registry(crate())


def test_a_missing_cargo_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ToolError, match=r"its source has Rust, and cargo, .* is not on PATH"):
        default_registry(crate())
