"""The files of a workspace: rendered files, copied inputs, and the rules."""

import hashlib
import json
from pathlib import Path

import pytest

from fromager_gen.bundle import bundled_files
from fromager_gen.contract import LOCK_FILE, PLAN_FILE
from fromager_gen.lock import Lock
from fromager_gen.lock.model import LockedFile, LockedPackage, RustLock
from fromager_gen.pipeline.generate import workspace_files
from fromager_gen.plan import PackagePlan, Plan, PlannedPatch, Rules, parse_plan
from fromager_gen.write import WorkspaceFiles

LOCK = Lock({"sdist_a_1": LockedFile("a-1.tar.gz", "0" * 64, 5, url="http://index.test/a-1.tar.gz")})
HERE = Path("/home/me/patches")


def files_of(*packages: PackagePlan, rules: Rules = "copy", lock: Lock = LOCK) -> WorkspaceFiles:
    plan = Plan("3.12", packages, tuple((package.name, package.version) for package in packages), rules)
    return workspace_files(plan, lock, HERE)


def test_lock_and_plan_are_written() -> None:
    files = files_of(PackagePlan("a", "1"))

    assert files.texts[LOCK_FILE] == LOCK.to_text()
    assert parse_plan(files.texts[PLAN_FILE]).packages == (PackagePlan("a", "1"),)


def test_rules_and_toolchains_are_copied() -> None:
    copies = files_of().copies

    assert copies == bundled_files()
    assert {path.split("/")[0] for path in copies} == {"rules", "toolchains"}
    assert not [path for path in copies if "__pycache__" in path]


def test_rules_of_the_module_are_not_copied() -> None:
    assert files_of(PackagePlan("a", "1"), rules="module").copies == {}


@pytest.mark.parametrize("rules", ["copy", "module"])
def test_workspace_has_no_path_of_this_machine(rules: Rules) -> None:
    patch = PlannedPatch("a/p.patch", "patches/0001-p.patch", "0" * 64)
    texts = files_of(PackagePlan("a", "1", patches=(patch,)), rules=rules).texts

    assert not [path for path, text in texts.items() if "/home/" in text or str(Path(__file__).parents[2]) in text]


def test_patches_are_copied_with_their_planned_names() -> None:
    patch = PlannedPatch("a/010 $(id).patch", "patches/0001-010___id_.patch", "0" * 64)
    copies = files_of(PackagePlan("a", "1!2+b", patches=(patch,)), rules="module").copies

    assert copies == {"packages/a/1-2_b/patches/0001-010___id_.patch": HERE / "a/010 $(id).patch"}


def test_missing_cargo_lock_comes_from_the_lock() -> None:
    text = "version = 4\n"
    locked = Lock(LOCK.files, {"a==1": LockedPackage("sdist_a_1", "x", RustLock(".", (), text=text))})
    package = PackagePlan("a", "1", is_rust=True, cargo_lock=hashlib.sha256(text.encode()).hexdigest())
    files = files_of(package, lock=locked)

    assert files.texts["packages/a/1/Cargo.lock"] == text
    assert text not in json.loads(files.texts[PLAN_FILE])["packages"]["a==1"].values()
