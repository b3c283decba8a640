"""The two lists that come with the program: names of external dependencies, and needs of known packages."""

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from pypi_simple import PYPI_SIMPLE_ENDPOINT

import fromager_gen.external.packages
from fromager_gen.external import conflicts_in, known_needs, read_dependency, vocabulary

PACKAGES = Path(fromager_gen.external.packages.__file__).with_name("packages.toml")
TABLES = tomllib.loads(PACKAGES.read_text(encoding="utf-8"))
ROWS = [(name, entry) for name, entries in TABLES.items() for entry in entries]


def test_every_definition_is_valid() -> None:
    from actions.external.definition import definition

    for name, entry in vocabulary().entries.items():
        assert definition(name, entry).name == name
        assert read_dependency(name, vocabulary()) is not None
        assert all(other in vocabulary().entries for other in entry.get("conflicts", ()))
        assert all(texts == list(dict.fromkeys(texts)) for texts in entry.get("packages", {}).values())


def test_a_conflict_is_stated_on_both_sides() -> None:
    entries = vocabulary().entries

    for name, entry in entries.items():
        assert all(name in entries[other].get("conflicts", ()) for other in entry.get("conflicts", ()))


def test_every_definition_but_that_of_cuda_names_packages() -> None:
    without = [name for name, entry in vocabulary().entries.items() if not entry.get("packages")]

    assert without == ["dep:virtual/compiler/cuda"]


def test_names_and_packages_are_sorted() -> None:
    entries = list(vocabulary().entries)

    assert entries == sorted(entries)
    assert list(TABLES) == sorted(TABLES)
    assert all(list(entry) == sorted(entry) for entry in vocabulary().entries.values())


def test_packages_have_canonical_names_and_only_keys_that_are_read() -> None:
    keys = {"versions", "requires", "optional", "env", "config_settings", "note", "source"}

    for name, entry in ROWS:
        assert canonicalize_name(name) == name
        assert entry.keys() <= keys
        assert isinstance(entry["requires"], list)
        assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", key) for key in entry.get("env", {}))


def test_every_need_of_a_package_is_a_known_dependency() -> None:
    for name, entry in ROWS:
        needs = [read_dependency(text, vocabulary()) for text in (*entry["requires"], *entry.get("optional", ()))]
        found = [one for one in needs if one is not None]
        assert len(found) == len(set(found)) == len(needs), name
        assert not list(conflicts_in(found, vocabulary())), name


def test_many_packages_need_something_outside_of_python() -> None:
    assert len({name for name, entry in ROWS if entry["requires"]}) >= 60


def test_every_statement_has_a_source() -> None:
    index = ".".join((urlsplit(PYPI_SIMPLE_ENDPOINT).hostname or "").split(".")[-2:])

    assert index.count(".") == 1
    for name, entry in ROWS:
        source = urlsplit(entry["source"])
        assert source.scheme == "https" and source.hostname and source.path, name
        assert source.hostname != index and not source.hostname.endswith(f".{index}"), name
    assert not re.search(rf"(?<![\w-]){re.escape(index)}(?![\w-])", PACKAGES.read_text(encoding="utf-8"))


def test_the_versions_of_a_package_are_disjoint() -> None:
    tried = {text for _, entry in ROWS for text in re.findall(r"\d[\d.]*", entry.get("versions", ""))} | {
        "0.0.1",
        "999",
    }

    for name, entries in TABLES.items():
        specifiers = [SpecifierSet(entry.get("versions", "")) for entry in entries]
        for version in tried:
            assert sum(one.contains(version, prereleases=True) for one in specifiers) <= 1, (name, version)


@pytest.mark.parametrize(
    ("version", "requires"),
    [
        ("0.21.1", ("dep:generic/geos", "dep:virtual/compiler/cxx")),
        ("0.20", ("dep:generic/geos", "dep:virtual/compiler/cxx")),
        ("0.19", ("dep:generic/geos", "dep:generic/proj", "dep:virtual/compiler/cxx")),
    ],
)
def test_needs_depend_on_the_version(version: str, requires: tuple[str, ...]) -> None:
    found = known_needs("cartopy", version)

    assert found is not None and found.requires == requires and found.source.startswith("https://scitools.org.uk/")


def test_a_version_that_no_entry_names_has_no_known_needs() -> None:
    assert known_needs("cartopy", "0.25") is None
    assert known_needs("bcrypt", "3.2") is None
    assert known_needs("no-such-package", "1") is None


def test_the_first_entry_is_for_the_newest_version() -> None:
    found = known_needs("cryptography", "")

    assert found is not None and "dep:virtual/compiler/rust" in found.requires
    assert found == known_needs("cryptography", "45.0.1") != known_needs("cryptography", "3.3")


def test_optional_needs_are_known_apart_from_the_others() -> None:
    found = known_needs("cffi", "1.17")

    assert found is not None and found.env == ()
    assert (found.requires, found.optional) == (("dep:generic/libffi",), ("dep:generic/pkg-config",))
