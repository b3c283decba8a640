"""The reference pages are those that the code makes, and every public rule, attribute and field is in them."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from fromager_gen.overrides.edits import ACTIONS
from fromager_gen.overrides.keys import GLOBAL_KEYS, OWN_GLOBAL_KEYS, OWN_PACKAGE_KEYS, PACKAGE_KEYS, known_keys
from fromager_gen.overrides.source import PROVIDERS
from fromager_gen.plan.model import PackagePlan, Plan, PlannedPlugin

TOP = Path(__file__).parents[2]
RULES = (TOP / "docs" / "reference" / "rules.md").read_text()


def test_the_pages_are_up_to_date() -> None:
    command = [sys.executable, TOP / "tools" / "reference", "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("name", ["rules/defs.bzl", "toolchains/defs.bzl"])
def test_every_name_of_a_public_file_has_a_section(name: str) -> None:
    names = re.findall(r"^(\w+) = _", (TOP / name).read_text(), re.M)

    assert len(names) > 5
    assert [one for one in names if f"\n### {one}\n" not in RULES] == []


def test_no_attribute_or_field_is_without_words() -> None:
    rows = re.findall(r"^\| `.*$", RULES, re.M)

    assert len(rows) > 90
    assert [row for row in rows if not row.rstrip("| ").strip() or row.endswith("|  |")] == []


def test_keys_are_sorted_and_known_by_their_sections() -> None:
    for keys in (PACKAGE_KEYS, GLOBAL_KEYS, OWN_PACKAGE_KEYS, OWN_GLOBAL_KEYS):
        paths = [key.path for key in keys]
        assert paths == sorted(set(paths))
        assert all(key.type and key.effect for key in keys)
    assert known_keys(PACKAGE_KEYS, "variants.VARIANT") == {"annotations", "env", "pre_built", "wheel_server_url"}
    assert known_keys(OWN_PACKAGE_KEYS, "variants.VARIANT") == {"build_tag", "source"}
    assert {"env", "variants", "build_options"} < known_keys(PACKAGE_KEYS)


def test_every_provider_and_action_is_described_with_its_keys() -> None:
    page = (TOP / "docs" / "reference" / "own-settings.md").read_text()
    wanted = {*PROVIDERS, *(name for keys in PROVIDERS.values() for name in (*keys[0], *keys[1]))}
    wanted |= {*ACTIONS, *(name for readers, _ in ACTIONS.values() for name in readers)}

    assert [name for name in sorted(wanted) if f"`{name}`" not in page] == []


def test_every_field_of_the_plan_is_described() -> None:
    """A package's name and version are its key, and the warnings of a run are not part of the file."""
    page = (TOP / "docs" / "reference" / "plan.md").read_text()
    wanted = {one.name for kind in (Plan, PackagePlan, PlannedPlugin) for one in fields(kind)}

    described = set(re.findall(r"^\| `(\w+)` \|", page, re.M))
    assert wanted - {"name", "version", "warnings"} - described == set()


def test_every_folder_of_the_actions_is_listed() -> None:
    (row,) = re.findall(r"^\| `rules/actions/` .*$", (TOP / "CONTRIBUTING.md").read_text(), re.M)
    folders = {f"{path.parent.name}/" for path in (TOP / "rules" / "actions").glob("*/__init__.py")}

    assert set(re.findall(r"`(\w+/)`", row)) == folders


def test_a_word_of_the_glossary_has_one_row() -> None:
    words = re.findall(r"^\| ([^|]+) \|", (TOP / "docs" / "glossary.md").read_text(), re.M)
    words = [word for word in words if word not in ("word", "---")]

    assert len(words) > 50
    assert sorted(set(words)) == sorted(words)
    assert {"plugin", "override", "plugin hook", "patch action", "hook"} <= set(words)
