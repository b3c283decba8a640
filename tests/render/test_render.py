"""Rendering in addition to the golden cases: labels of rules, and the symbols that each package loads."""

import re
from dataclasses import replace

import pytest

from fromager_gen.contract import VERSION
from fromager_gen.plan import PackagePlan, Plan, Rules
from fromager_gen.render import render


def rendered(*packages: PackagePlan, rules: Rules = "copy") -> dict[str, str]:
    plan = Plan("3.12", packages, tuple((package.name, package.version) for package in packages), rules)
    return render(plan)


def build_file(package: PackagePlan) -> str:
    texts = rendered(package)
    return next(text for path, text in texts.items() if re.fullmatch(r"packages/[^/]+/[^/]+/BUILD\.bazel", path))


def test_the_rules_can_be_a_module_of_this_version() -> None:
    texts = rendered(PackagePlan("a", "1"), rules="module")

    assert "WORKSPACE" not in texts
    assert f'bazel_dep(name = "fromager_gen", version = "{VERSION}")' in texts["MODULE.bazel"]
    assert '"@fromager_gen//rules:defs.bzl"' in texts["packages/a/1/BUILD.bazel"]


def test_a_workspace_file_is_written_only_where_it_is_asked_for() -> None:
    plan = Plan("3.12", (), ())
    without, with_it = render(plan), render(replace(plan, workspace_file=True))

    assert set(with_it) - set(without) == {"WORKSPACE", "WORKSPACE.bzlmod"}
    assert 'machine_toolchains(python_version = "3.12")' in with_it["WORKSPACE"]


def test_hermetic_toolchains_have_a_lock_a_platform_and_gates() -> None:
    package = PackagePlan("a", "1")
    platforms = ("linux_aarch64_glibc_2_17", "linux_x86_64_glibc_2_28")
    plan = Plan("3.12", (package, PackagePlan("b", "1", pre_built=True)), (("a", "1"), ("b", "1")))
    texts = render(replace(plan, toolchains="hermetic", platforms=platforms, exec_platform="linux_x86_64_glibc_2_28"))

    assert 'locked.toolchains(lock = "//:toolchains.lock.json", python = "3.12")' in texts["MODULE.bazel"]
    assert texts["MODULE.bazel"].index("@fromager_toolchains//:all") < texts["MODULE.bazel"].index("@machine_cc//:all")
    assert "build --platforms=//toolchains/platforms:linux_aarch64_glibc_2_17\n" in texts[".bazelrc"]
    assert "build --host_platform=//toolchains/platforms:linux_x86_64_glibc_2_28\n" in texts[".bazelrc"]
    assert '"//packages/a/1:gates"' in texts["BUILD.bazel"] and '"//packages/b/1:gates"' not in texts["BUILD.bazel"]
    assert "wheel_gates_test(" in texts["packages/a/1/BUILD.bazel"]
    assert "gates" not in "".join(render(plan).values())


def test_the_python_version_reaches_the_toolchains() -> None:
    assert 'machine.python(version = "3.12")' in rendered()["MODULE.bazel"]


def test_a_package_loads_only_the_symbols_that_it_uses() -> None:
    text = build_file(PackagePlan("a", "1"))

    assert set(re.findall(r'^    "(\w+)",$', text, re.M)) == {
        "fetched_sdist",
        "pep517_targets",
        "sdist",
        "sdist_patch",
        "wheel_library",
    }
    assert 'actual = ":sdist"' in text


@pytest.mark.parametrize(
    ("package", "source", "rules"),
    [
        (PackagePlan("a", "1"), "source", {"alias"}),
        (PackagePlan("a", "1", needs_pkg_info=True), "source", {"sdist_patch"}),
        (PackagePlan("a", "1", is_rust=True), "source", {"alias"}),
        (PackagePlan("a", "1", is_rust=True, crates=("b_1.0.0",)), "vendored", {"alias", "sdist_vendor"}),
        (
            PackagePlan("a", "1", remove_build_requires=("b",), crates=("b_1.0.0",)),
            "vendored",
            {"sdist_patch", "sdist_vendor"},
        ),
    ],
)
def test_the_wheel_is_built_from_the_last_step(package: PackagePlan, source: str, rules: set[str]) -> None:
    calls = re.findall(r"^(\w+)\(\n((?:    .*\n)*)\)", build_file(package), re.M)
    wheel = next(body for rule, body in calls if rule == "pep517_targets")
    steps = {rule for rule, body in calls if 'name = "source"' in body or 'name = "vendored"' in body}

    assert f'source = ":{source}"' in wheel
    assert steps == rules


def test_a_cargo_lock_that_the_source_lacks_is_an_attribute() -> None:
    text = build_file(PackagePlan("a", "1", is_rust=True, crates=("b_1.0.0",), cargo_lock="0" * 64))

    assert 'cargo_lock = "Cargo.lock"' in text


def test_hostile_values_stay_in_their_strings() -> None:
    evil = '"]); evil() #'
    text = build_file(
        PackagePlan(
            "a", "1", env=(("X", evil),), config_settings={evil: (evil,)}, requirements={"build-system": (evil,)},
            update_build_requires=(evil,), build_dir=evil, cargo_root=evil, crates=("b_1.0.0",),
        )
    )  # fmt: skip

    assert text.count("evil()") == text.count('\\"]); evil() #')


def test_the_wheelhouse_lists_wheels_in_build_order() -> None:
    plan = Plan("3.12", (PackagePlan("a", "1"), PackagePlan("b", "1")), (("b", "1"), ("a", "1")))
    text = render(plan)["BUILD.bazel"]

    assert re.findall(r"//packages/\S+:wheel", text) == ["//packages/b/1:wheel", "//packages/a/1:wheel"]
