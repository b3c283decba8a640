"""plan.json: the same plan comes back, the same text comes out, and damage is an error."""

import json
import random
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from fromager_gen.errors import InputError
from fromager_gen.plan import (
    GitCrates,
    Inputs,
    PackagePlan,
    Plan,
    PlannedPatch,
    PlannedPlugin,
    Submodule,
    parse_plan,
    plan_text,
    read_plan,
)
from fromager_gen.render import render

GOLDEN = Path(__file__).parents[1] / "golden"
SHA = "ab" * 32
FULL = PackagePlan(
    "a",
    "1!2.0+cu121",
    patches=(PlannedPatch("a-1/x.patch", "patches/0001-x.patch", SHA),),
    update_build_requires=("cython<4",),
    remove_build_requires=("ninja",),
    build_dir="python",
    edits='[{"action": "fix-pkg-info", "title": "x"}]',
    pin_requires=("b ==1",),
    submodules=(Submodule("third_party/x", "git_0123456789abcdef"),),
    needs_pkg_info=True,
    sdist_by_backend=True,
    is_named_as_rebuilt=True,
    is_rust=True,
    cargo_root="rust",
    crates=("itoa_1.0.0",),
    git_crates=(GitCrates("git_0123456789abcdef", "git+https://forge.test/x?branch=y#" + "0" * 40),),
    cargo_lock=SHA,
    build_system=(("b", "1"),),
    build_requires=(("b", "1"), ("a", "1!2.0+cu121")),
    install_requires=("b",),
    install_closure=(("b", "1"),),
    requirements={"build-system": ('b>=1; python_version < "4"',)},
    env=(("B", "1"), ("A", "${B:-2}")),
    config_settings={"x": ("y", "z")},
    build_tag="3",
    platlib_build_tag="3_el9",
    build_settings='{"env": {"B": "1"}}',
    requires_external=("openssl",),
    sbom={"purl": ("pkg:pypi/a@1",), "creators": ("Person: A", "Person: B")},
    jobs=1,
    resources="huge",
    exec_properties=(("Pool", "large"),),
    accelerator=True,
    accelerator_variant="cuda",
    external=("dep:generic/libxml2@>=2.9", "dep:generic/mylib"),
    grafts=True,
    plugin=PlannedPlugin("team.plugins.a", ("build_wheel",), '{"variant": "cpu"}', SHA),
)
PLAN = Plan(
    "3.12",
    (FULL, PackagePlan("b", "1", pre_built=True, strict=True)),
    (("b", "1"), ("a", "1!2.0+cu121")),
    rules="module",
    toolchains="hermetic",
    platforms=("linux_aarch64_glibc_2_17", "linux_x86_64_musl_1_2"),
    exec_platform="linux_x86_64_glibc_2_28",
    exec_properties=(("OSFamily", "linux"),),
    external_dependencies={"dep:generic/mylib": {"pkg_config": ["mylib"]}},
    made_from=Inputs(SHA, SHA, SHA, SHA),
    warnings=("a warning of this run",),
)


def test_a_plan_comes_back_whole() -> None:
    assert parse_plan(plan_text(PLAN)) == PLAN


def test_the_full_package_differs_from_the_defaults_in_every_field() -> None:
    """A field that is added is part of the test above, or this one fails."""
    default = PackagePlan("a", "1!2.0+cu121")
    same = {one.name for one in fields(PackagePlan) if getattr(FULL, one.name) == getattr(default, one.name)}

    assert same == {"name", "version", "pre_built", "strict"}


@pytest.mark.parametrize("case", sorted(path.parent.name for path in GOLDEN.glob("*/graph.json")))
def test_a_plan_that_was_read_renders_the_same_workspace(case: str) -> None:
    golden = GOLDEN / case / "workspace"
    texts = render(read_plan(golden / "plan.json"))

    assert len(texts) > 5
    for path, text in texts.items():
        assert text == (golden / path).read_text(), path


def test_what_is_not_set_is_left_out_and_a_package_is_a_line() -> None:
    text = plan_text(replace(PLAN, packages=(FULL, PackagePlan("b", "1"))))

    assert '"b==1": {}' in text.splitlines()
    assert sum(line.startswith('"a==1!2.0+cu121": {') for line in text.splitlines()) == 1
    assert "a warning of this run" not in text


def damaged(**changes: Any) -> str:
    document = json.loads(plan_text(PLAN))
    for name, value in changes.items():
        if value is None:
            del document[name]
        else:
            document[name] = value
    return json.dumps(document)


def package(**changes: Any) -> str:
    document = json.loads(plan_text(PLAN))
    document["packages"]["a==1!2.0+cu121"] |= {name.replace("_dash_", "-"): value for name, value in changes.items()}
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Expecting value"),
        ("[]", "the wrong form"),
        ("[" * 100_000, "the wrong form"),
        (damaged(format=2), "its format is 2, but fromager-gen reads 1"),
        (damaged(format=None), "'format' is missing"),
        (damaged(packages=None), "'packages' is missing"),
        (damaged(rules="other"), "its rules are 'other'"),
        (damaged(python=3), "'3' is not a string"),
        (damaged(workspace_file="yes"), "its workspace_file is 'yes', not true or false"),
        (damaged(generator=5), "'5' is not a string"),
        (damaged(more=1), "it has the unknown field 'more'"),
        (package(build_system=["gone==1"]), "it names gone 1"),
        (damaged(made_from={"graph": "../x"}), "'../x' is not a sha256"),
        (damaged(made_from={"other": SHA}), "the wrong form"),
        (damaged(order=["gone==1"]), "it names gone 1, which is not among its packages"),
        (damaged(packages={"../../x==1": {}}, order=[]), "../../x"),
        (damaged(packages={"a==../x": {}}, order=[]), "../x"),
        (package(unknown=1), "has the unknown field 'unknown'"),
        (package(jobs="2"), "jobs is '2'"),
        (package(jobs=True), "jobs is 'True'"),
        (package(resources="tiny"), "the unknown size 'tiny'"),
        (package(build_requires=["gone==1"]), "it names gone 1"),
        (package(crates=[1]), "'1' is not a string"),
        (package(cargo_lock="x"), "'x' is not a sha256"),
        (package(patches=[{"path": "../../etc/x", "name": "patches/x", "sha256": SHA}]), "is not valid"),
        (package(patches=[{"path": "/etc/x", "name": "patches/x", "sha256": SHA}]), "is not valid"),
        (package(patches=[{"path": "x", "name": "BUILD.bazel", "sha256": SHA}]), "is not valid"),
        (package(patches=[{"path": "x", "name": "patches/../x", "sha256": SHA}]), "is not valid"),
        (package(patches=["x"]), "the wrong form"),
        (package(submodules={"../x": "git_1"}), "the path '../x' of a submodule is not valid"),
        (package(submodules={"a:b": "git_1"}), "is not valid"),
        (package(env=[["A"]]), "not enough values"),
    ],
)
def test_damage_is_an_error_that_names_the_file(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)

    with pytest.raises(InputError) as caught:
        read_plan(path)
    assert str(caught.value).startswith(f"{path} is not a valid plan: ")
    assert says in str(caught.value)


def test_a_plan_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"plan\.json does not exist; `fromager-gen plan GRAPH -o "):
        read_plan(tmp_path / "plan.json")


def test_random_damage_never_is_another_error(tmp_path: Path) -> None:
    """A plan with a piece removed or changed is still a plan, or an error of its own kind."""
    text, chance = plan_text(PLAN), random.Random(7)  # noqa: S311 - it damages a text
    for _ in range(400):
        start = chance.randrange(len(text))
        end = start + chance.randrange(1, 30)
        changed = text[:start] + chance.choice(["", "null", "0", '"x"', "[]", "{}"]) + text[end:]
        try:
            parse_plan(changed)
        except ValueError:
            continue
