"""The action that builds a wheel: its output. The backend and its world are tested in `test_ask_backend`."""

import hashlib
import json
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.backends import METADATA, Action, answering
from support.samples import tar_gz

from actions.build_wheel import main

NAME = "demo-1.0-py3-none-any.whl"


@pytest.fixture
def action(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Action:
    monkeypatch.setattr(os, "nice", lambda steps: 0)  # the process of the tests could not undo it
    return Action(tmp_path, monkeypatch)


def build(action: Action, *members: tuple[str, str], more: Sequence[str] = (), first: str = "pass") -> Path:
    """Build a wheel of these members and its metadata, and return it; the backend runs the line `first` before."""
    all_members = [
        *members,
        ("demo-1.0.dist-info/METADATA", METADATA),
        ("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n"),
    ]
    lines = [f"    wheel.writestr({name!r}, {text!r})" for name, text in all_members]
    opened = f"with zipfile.ZipFile(os.path.join(args[0], {NAME!r}), 'w') as wheel:"
    action.source(answering("build_wheel", first, "import zipfile", opened, *lines, f"return {NAME!r}"))
    action.out.mkdir()
    main(action.arguments(f"--out={action.out}", "--install-requires=dep", *more))
    return action.out / NAME


def test_a_duplicate_member_is_packed_once_with_a_warning(action: Action, capfd: pytest.CaptureFixture[str]) -> None:
    wheel = build(action, ("demo.py", "first"), ("demo.py", "last"))

    with zipfile.ZipFile(wheel) as built:
        assert built.namelist().count("demo.py") == 1
        assert built.read("demo.py") == b"last"
    says = f"WARNING: demo 1.0: the backend wrote 1 file ('demo.py') more than once into {NAME} (the last copy is used)"
    assert capfd.readouterr().err.splitlines() == [says]
    assert says in action.log.read_text().splitlines()


def test_a_good_wheel_is_built_without_a_warning(action: Action, capfd: pytest.CaptureFixture[str]) -> None:
    build(action, ("demo.py", ""))

    assert capfd.readouterr().err == ""
    assert "WARNING" not in action.log.read_text()


STATED = (
    "--sbom=purl=pkg:pypi/demo@1.0?repository_url=https://example.com",
    "--sbom=upstream=pkg:pypi/demo@1.0",
    "--sbom=supplier=Organization: Example",
    "--sbom=namespace=https://example.com/a=b",
    "--sbom=creators=Person: Ann",
    "--sbom=creators=Person: Bob",
    "--built-with=setuptools=80.9.0",
)


def test_what_is_stated_of_a_wheel_is_in_its_sbom_and_metadata(action: Action) -> None:
    wheel = build(action, more=[*STATED, "--requires-external=openssl (>= 3)", "--requires-external=-lz"])

    with zipfile.ZipFile(wheel) as built:
        made = json.loads(built.read("demo-1.0.dist-info/sboms/fromager.spdx.json"))
        metadata = built.read("demo-1.0.dist-info/METADATA").decode()
    assert metadata == f"{METADATA}Requires-External: openssl (>= 3)\nRequires-External: -lz\n"
    assert made["documentNamespace"] == "https://example.com/a=b/demo-1.0.spdx.json"
    assert made["creationInfo"]["creators"][:2] == ["Person: Ann", "Person: Bob"]
    assert made["creationInfo"]["created"] == "1980-01-01T00:00:00Z"
    assert [package["SPDXID"] for package in made["packages"]] == [
        "SPDXRef-wheel",
        "SPDXRef-upstream",
        "SPDXRef-tool-setuptools-80.9.0",
    ]


def test_without_them_a_wheel_has_no_sbom(action: Action) -> None:
    with zipfile.ZipFile(build(action)) as built:
        assert not [name for name in built.namelist() if "sboms" in name]
        assert built.read("demo-1.0.dist-info/METADATA").decode() == METADATA


def test_crates_are_listed_before_the_backend_can_change_them(action: Action) -> None:
    source = "registry+http://crates.test/index"
    lock = f'[[package]]\nname = "dep"\nversion = "1.0.0"\nsource = "{source}"\nchecksum = "SUM"\n'
    manifest = '[package]\nname = "dep"\nversion = "1.0.0"\nlicense = "MIT"\n'
    crate = tar_gz(action.folder / "dep.crate", {"dep-1.0.0/Cargo.toml": manifest, "dep-1.0.0/LICENSE": "text"})
    sha256 = hashlib.sha256(crate.read_bytes()).hexdigest()
    (action.folder / "Cargo.lock").write_text(lock.replace("SUM", sha256))

    wheel = build(
        action,
        first="import shutil; shutil.rmtree('vendor')",
        more=[
            *STATED,
            "--sbom=additions=crate_licenses",
            "--cargo-root=.",
            f"--cargo-lock={action.folder / 'Cargo.lock'}",
            f"--crate={crate}",
        ],
    )

    with zipfile.ZipFile(wheel) as built:
        made = json.loads(built.read("demo-1.0.dist-info/sboms/fromager.spdx.json"))
        assert built.read("demo-1.0.dist-info/licenses/crates/dep-1.0.0/LICENSE") == b"text"
    (dep,) = [package for package in made["packages"] if package["name"] == "dep"]
    assert dep["checksums"] == [{"algorithm": "SHA256", "checksumValue": sha256}]
    assert dep["licenseDeclared"] == "MIT"
