"""Actions of `patch` change a source before its Cargo.lock is read, and are part of what the lock depends on."""

from pathlib import Path

import pytest
from support.samples import tar_gz

from fromager_gen.errors import SourceError
from fromager_gen.graph import Node
from fromager_gen.lock.prepared import changes_to, patched, unpacked
from fromager_gen.overrides import Overrides, PackageSettings
from fromager_gen.overrides.edits import PIN, Edit

NODE = Node("rs==1.0", "rs", "1.0", "", False, ())


def overrides(*edits: Edit) -> Overrides:
    return Overrides(packages={"rs": PackageSettings(build_dir="sub", edits=edits)})


def replacing(search: str) -> Edit:
    return Edit("replace-line", "x", "rs.yaml:1", {"files": ["sub/Cargo.toml"], "search": search, "replace": "two"})


def test_actions_are_applied(tmp_path: Path) -> None:
    archive = tar_gz(tmp_path / "rs-1.0.tar.gz", {"rs-1.0/sub/Cargo.toml": "one\n", "rs-1.0/sub/setup.py": ""})
    made = patched(archive, NODE, overrides(replacing("one")), tmp_path)

    assert (unpacked(made, tmp_path / "tree") / "sub" / "Cargo.toml").read_text() == "two\n"
    with pytest.raises(SourceError, match=r"rs 1\.0: replace-line \(x\): no line of sub/Cargo\.toml matches 'none'"):
        patched(archive, NODE, overrides(replacing("none")), tmp_path)


def test_submodules_are_added_before_the_actions(tmp_path: Path) -> None:
    archive = tar_gz(tmp_path / "rs-1.0.tar.gz", {"rs-1.0/setup.py": ""})
    more = tar_gz(tmp_path / "more.tar.gz", {"more/Cargo.toml": "one\n", "more/setup.py": ""})
    made = patched(archive, NODE, overrides(replacing("one")), tmp_path, [("sub", more)])

    assert (unpacked(made, tmp_path / "tree") / "sub" / "Cargo.toml").read_text() == "two\n"


def test_the_lock_depends_on_actions_for_the_source_only() -> None:
    pin = Edit(PIN, "x", "rs.yaml:1", {"requirements": ["torch"]})

    assert changes_to(NODE, overrides()) == changes_to(NODE, overrides(pin)) == ""
    assert len({changes_to(NODE, overrides(replacing(text))) for text in ("a", "b")} - {""}) == 2


def test_without_actions_the_archive_stays(tmp_path: Path) -> None:
    assert (
        patched(tmp_path / "x", NODE, overrides(Edit(PIN, "x", "", {"requirements": []})), tmp_path) == tmp_path / "x"
    )
