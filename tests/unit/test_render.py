"""Rendering beside what the golden cases show: where patches go, how rules are named, what each package loads."""

import re
from pathlib import Path

import pytest

from fromager_gen import __version__
from fromager_gen.bundle import bundle_folder
from fromager_gen.lock import LOCK_NAME, Lock, LockedFile
from fromager_gen.plan import PackagePlan, Plan
from fromager_gen.render import Tree, render
from fromager_gen.render.package import patch_files

LOCK = Lock({"sdist_a_1": LockedFile("a-1.tar.gz", "0" * 64, 5, url="http://index.test/a-1.tar.gz")})


def rendered(*packages: PackagePlan, rules: str = "copy", bundle: Path | None = None) -> Tree:
    plan = Plan("3.12", packages, tuple((package.name, package.version) for package in packages))
    return render(plan, LOCK, rules, bundle or bundle_folder())  # type: ignore[arg-type]


def build_file(package: PackagePlan) -> str:
    tree = rendered(package)
    return next(text for path, text in tree.texts.items() if re.fullmatch(r"packages/[^/]+/[^/]+/BUILD\.bazel", path))


def test_the_lock_is_written_beside() -> None:
    assert rendered().texts[LOCK_NAME] == LOCK.to_text()


def test_rules_and_toolchains_are_copied(tmp_path: Path) -> None:
    for name in (
        "rules/defs.bzl",
        "rules/private/x.bzl",
        "toolchains/BUILD.bazel",
        "rules/__pycache__/x.pyc",
        "other/x",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    copies = rendered(bundle=tmp_path).copies

    assert sorted(copies) == ["rules/defs.bzl", "rules/private/x.bzl", "toolchains/BUILD.bazel"]
    assert copies["rules/defs.bzl"] == tmp_path / "rules" / "defs.bzl"


def test_rules_may_be_a_module_of_this_version() -> None:
    tree = rendered(PackagePlan("a", "1"), rules="module")

    assert not tree.copies
    assert "WORKSPACE" not in tree.texts
    assert f'bazel_dep(name = "fromager_gen", version = "{__version__}")' in tree.texts["MODULE.bazel"]
    assert '"@fromager_gen//rules:defs.bzl"' in tree.texts["packages/a/1/BUILD.bazel"]


def test_the_python_version_reaches_the_toolchains() -> None:
    assert 'machine.python(version = "3.12")' in rendered().texts["MODULE.bazel"]


@pytest.mark.parametrize("rules", ["copy", "module"])
def test_no_path_of_this_machine_is_written(rules: str) -> None:
    texts = rendered(PackagePlan("a", "1", patches=(Path("/home/me/p.patch"),)), rules=rules).texts

    assert not [path for path, text in texts.items() if "/home/me" in text or str(bundle_folder()) in text]


def test_patches_are_numbered_and_harmless_names() -> None:
    paths = (Path("x/010 $(id).patch"), Path("y/010.patch"), Path('z/";evil()#.patch'))
    package = PackagePlan("a", "1!2+b", patches=paths)

    names = ["patches/0001-010___id_.patch", "patches/0002-010.patch", "patches/0003-__evil___.patch"]
    assert patch_files(package) == names
    copies = {path: source for path, source in rendered(package).copies.items() if path.startswith("packages/")}
    assert copies == {f"packages/a/1-2_b/{name}": path for name, path in zip(names, paths, strict=True)}


def test_what_a_package_does_not_use_is_not_loaded() -> None:
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


def test_the_cargo_lock_that_a_source_lacks_lies_beside_its_targets() -> None:
    tree = rendered(PackagePlan("a", "1", is_rust=True, crates=("b_1.0.0",), cargo_lock="version = 4\n"))

    assert tree.texts["packages/a/1/Cargo.lock"] == "version = 4\n"
    assert 'cargo_lock = "Cargo.lock"' in tree.texts["packages/a/1/BUILD.bazel"]


def test_hostile_values_stay_in_their_strings() -> None:
    evil = '"]); evil() #'
    text = build_file(
        PackagePlan(
            "a", "1", env=(("X", evil),), config_settings={evil: [evil]}, requirements={"build-system": (evil,)},
            update_build_requires=(evil,), build_dir=evil, cargo_root=evil, crates=("b_1.0.0",),
        )
    )  # fmt: skip

    assert text.count("evil()") == text.count('\\"]); evil() #')


def test_the_wheelhouse_begins_with_what_others_wait_for() -> None:
    plan = Plan("3.12", (PackagePlan("a", "1"), PackagePlan("b", "1")), (("b", "1"), ("a", "1")))
    text = render(plan, Lock(), "copy", bundle_folder()).texts["BUILD.bazel"]

    assert re.findall(r"//packages/\S+:wheel", text) == ["//packages/b/1:wheel", "//packages/a/1:wheel"]


def test_a_broken_installation_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from fromager_gen import bundle
    from fromager_gen.errors import WorkspaceError

    monkeypatch.setattr(bundle, "__file__", str(tmp_path / "fromager_gen" / "bundle.py"))

    with pytest.raises(WorkspaceError, match=r"the rules are missing beside .*: reinstall"):
        bundle.bundle_folder()
