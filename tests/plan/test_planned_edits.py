"""What the actions of `patch` do to the plan of a package version."""

import json

import pytest
from support.samples import make_graph

from fromager_gen.errors import SettingsError
from fromager_gen.lock import Lock
from fromager_gen.overrides import Overrides, PackageSettings
from fromager_gen.overrides.edits import PIN, Edit
from fromager_gen.overrides.source import Source
from fromager_gen.plan import PackagePlan, make_plan
from fromager_gen.plan.decide import PlanOptions

NODES = {"": ["toplevel top==1.0"], "top==1.0": ["install torch==2.10.0 torch"], "torch==2.10.0": []}


def planned(overrides: Overrides, name: str = "top", **more: dict[str, object]) -> PackagePlan:
    made = make_plan(make_graph(NODES, **more), Lock(), overrides, PlanOptions("3.12"))
    return next(found for found in made.packages if found.name == name)


def with_edits(*edits: Edit, **more: object) -> Overrides:
    settings = PackageSettings(where="top.yaml:1", edits=edits, **more)  # type: ignore[arg-type]
    return Overrides(packages={"top": settings})


def pin(ignore_missing: bool = False) -> Edit:
    return Edit(PIN, "Pin", "top.yaml:2", {"requirements": ["torch"]}, ignore_missing=ignore_missing)


def test_an_action_changes_the_source() -> None:
    made = planned(with_edits(Edit("fix-pkg-info", "Fix", "top.yaml:2")))

    assert made.is_patched
    assert json.loads(made.edits) == [{"action": "fix-pkg-info", "title": "Fix"}]
    assert made.pin_requires == ()


def test_a_requirement_is_pinned_to_the_constraint_in_the_graph() -> None:
    made = planned(with_edits(pin()), torch={"constraint": "torch==2.10.0; python_version > '3'"})

    assert json.loads(made.edits)[0]["requirements"] == {"torch": "==2.10.0"}
    assert made.pin_requires == ("torch ==2.10.0",)


def test_the_constraints_of_a_bootstrap_take_precedence() -> None:
    overrides = with_edits(pin(ignore_missing=True))
    overrides.constraints["torch"] = "<3"

    assert planned(overrides, torch={"constraint": "torch==2"}).pin_requires == ("?torch <3",)


def test_a_build_tag_has_the_constraint_in_the_graph() -> None:
    overrides = Overrides(build_tag_template="{number}_torch{constraint:torch}")

    assert planned(overrides, torch={"constraint": "torch==2.10.0"}).build_tag == "0_torch2.10.0"
    with pytest.raises(SettingsError, match=r"1\.0: the build tag .* needs a constraint .* of torch"):
        planned(overrides)


def test_a_pin_without_a_constraint_is_an_error_unless_it_may_be_missing() -> None:
    with pytest.raises(SettingsError, match=r"top\.yaml:2: pin-requires.* names torch, which has no constraint"):
        planned(with_edits(pin()))

    made = planned(with_edits(pin(ignore_missing=True)))
    assert (made.pin_requires, json.loads(made.edits)[0]["requirements"]) == ((), {})


def test_a_published_wheel_cannot_be_patched() -> None:
    with pytest.raises(SettingsError, match=r"top\.yaml:2: top 1\.0 is pre-built, so `patch` can't apply to it"):
        planned(with_edits(pin()), top={"pre_built": True})


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        (Source("pypi-download", download_kind="tarball"), True),
        (Source("pypi-download", download_kind="sdist"), False),
        (Source("github-tag-download"), True),
        (Source("pypi-sdist"), False),
    ],
)
def test_the_archive_of_a_repository_gets_a_pkg_info(source: Source, needs: bool) -> None:
    assert planned(with_edits(source=source)).needs_pkg_info is needs
