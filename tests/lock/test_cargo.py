"""Crates of the default registry: cargo's address of each, and what is refused."""

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
def test_addresses_of_crates(dl: str, name: str, url: str) -> None:
    assert Registry("x", dl).url(name, "1.0.0", SHA) == url


def test_a_crate_is_locked_by_its_checksum() -> None:
    assert lock_crate(crate(version="0.11.0+wasi-x"), REGISTRY) == (
        "crate_serde_0.11.0_wasi-x",
        LockedFile("serde-0.11.0+wasi-x.crate", SHA, url="http://crates.test/dl/serde/0.11.0+wasi-x/download"),
    )


def test_a_crate_of_another_registry_is_refused() -> None:
    with pytest.raises(
        LockError, match=r"crate serde 1\.0\.0 is of registry\+http://other\.test, and cargo's default registry is "
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
def test_what_can_not_be_right_is_refused(field: str, value: str) -> None:
    """Before cargo is asked about it, too: its name would be part of a Cargo.toml."""
    for use in (lambda given: lock_crate(given, REGISTRY), default_registry):
        with pytest.raises(LockError, match=r"crate '.*' '.*': .* can't be right"):
            use(crate(**{field: value}))


def fake_cargo(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a stand-in for cargo before the machine's own; it works in the folder of the manifest that it is given."""
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


def test_a_registry_that_can_not_be_reached_gives_cargos_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_cargo(tmp_path, "echo 'could not resolve host' >&2\nexit 101\n", monkeypatch)

    with pytest.raises(LockError, match="cargo fetch failed: could not resolve host"):
        default_registry(crate())


def test_an_index_without_a_download_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_cargo(tmp_path, "printf '[[package]]\\nsource = \"registry+http://c.test\"\\n' > Cargo.lock\n", monkeypatch)

    with pytest.raises(LockError, match="cargo's index tells no download address"):
        default_registry(crate())


def test_without_cargo_the_message_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ToolError, match=r"it has Rust in it, and cargo, .* is not on PATH"):
        default_registry(crate())
