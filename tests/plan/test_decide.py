"""Plans are made from a graph with its settings, patches and lock."""

from pathlib import Path

import pytest
from packaging.version import Version
from support.samples import make_graph

from fromager_gen.errors import BuildCycleError, SettingsError
from fromager_gen.files import sha256_of_files, sha256_of_text
from fromager_gen.lock import Lock, LockedFile, LockedPackage, RustLock
from fromager_gen.overrides import CargoLock, Overrides, PackageSettings, Patch
from fromager_gen.plan import GitCrates, PackagePlan, Plan, make_plan
from fromager_gen.plan.decide import PlanOptions

NODES = {
    "": ["toplevel top==1.0"],
    "top==1.0": [
        "build-system setuptools==70.0 setuptools>=60",
        "build-backend setuptools==70.0 wheel-free",
        "install lib==2.0 lib<3",
    ],
    "lib==2.0": ["build-system setuptools==70.0 setuptools", "install top==1.0 top"],
    "setuptools==70.0": [],
}


def plan(
    overrides: Overrides | None = None,
    lock: Lock | None = None,
    jobs: int = 2,
    allow_unused: bool = False,
    **more: dict,
) -> Plan:
    return make_plan(
        make_graph(NODES, **more), lock or Lock(), overrides or Overrides(), PlanOptions("3.12", jobs, allow_unused)
    )


def package(made: Plan, name: str) -> PackagePlan:
    return next(found for found in made.packages if found.name == name)


def with_settings(**settings: object) -> Overrides:
    return Overrides(packages={"top": PackageSettings(where="top.yaml:1", **settings)})  # type: ignore[arg-type]


def test_a_package_without_overrides_has_the_defaults() -> None:
    assert package(plan(), "top") == PackagePlan(
        name="top",
        version="1.0",
        build_system=(("setuptools", "70.0"),),
        build_requires=(("setuptools", "70.0"),),
        install_requires=("lib",),
        install_closure=(("lib", "2.0"),),
        requirements={"build-system": ("setuptools>=60",), "build-backend": ("wheel-free",)},
    )


@pytest.mark.parametrize(
    ("url", "settings", "same"),
    [
        ("http://index.test/top-1.0.tar.gz", {}, True),
        ("http://forge.test/archive/v1.0.tar.gz", {}, False),
        ("http://index.test/top-1.0.zip", {}, False),
        ("http://index.test/top-1.0.tar.gz", {"build_dir": "sub"}, False),
        ("http://index.test/top-1.0.tar.gz", {"remove_build_requires": ("x",)}, False),
    ],
)
def test_a_published_sdist_is_packed_again_if_the_result_would_differ(
    url: str, settings: dict[str, object], same: bool
) -> None:
    files = {"sdist_top_1.0": LockedFile("top-1.0.tar.gz", "0" * 64, url=url)}
    lock = Lock(files, {"top==1.0": LockedPackage("sdist_top_1.0", "")})

    assert package(plan(with_settings(**settings), lock), "top").is_unchanged_sdist == same


def test_packages_are_sorted_by_name_and_the_order_by_dependents() -> None:
    made = plan()

    assert [found.name for found in made.packages] == ["lib", "setuptools", "top"]
    assert made.order == (("setuptools", "70.0"), ("lib", "2.0"), ("top", "1.0"))
    assert made.python == "3.12"
    assert made.warnings == ()


def test_a_larger_source_is_built_earlier() -> None:
    files = {"sdist_top_1.0": LockedFile("top-1.0.tar.gz", "0" * 64, 10_000_000)}
    lock = Lock(files, {"top==1.0": LockedPackage("sdist_top_1.0", "")})

    assert plan(lock=lock).order == (("setuptools", "70.0"), ("top", "1.0"), ("lib", "2.0"))


@pytest.mark.parametrize(("size", "wanted"), [((1 << 20) - 1, "small"), (1 << 20, "long"), (None, "small")])
def test_a_large_source_has_the_size_long(size: int | None, wanted: str) -> None:
    files = {"sdist_top_1.0": LockedFile("top-1.0.tar.gz", "0" * 64, size)}
    lock = Lock(files, {"top==1.0": LockedPackage("sdist_top_1.0", "")})

    assert package(plan(lock=lock), "top").resources == wanted
    assert package(plan(with_settings(memory_per_job_gb=1.5), lock=lock), "top").resources == "medium"


@pytest.mark.parametrize(
    ("settings", "jobs", "wanted"),
    [
        ({}, 2, (2, "small")),
        ({}, 16, (16, "small")),
        ({"cpu_cores_per_job": 2}, 8, (4, "small")),
        ({"cpu_cores_per_job": 16}, 8, (1, "small")),
        ({"memory_per_job_gb": 1.5}, 2, (2, "medium")),
        ({"memory_per_job_gb": 4.0}, 2, (2, "large")),
        ({"memory_per_job_gb": 4.5}, 2, (2, "huge")),
        ({"exclusive_build": True}, 8, (8, "exclusive")),
    ],
)
def test_jobs_and_resources_come_from_the_settings(settings: dict, jobs: int, wanted: tuple[int, str]) -> None:
    found = package(plan(with_settings(**settings), jobs=jobs), "top")

    assert (found.jobs, found.resources) == wanted


def test_settings_are_in_the_plan() -> None:
    made = plan(
        with_settings(
            build_dir="python",
            env=(("B", "1"), ("A", "2")),
            config_settings={"x": ["y"]},
            update_build_requires=("cython<4",),
            remove_build_requires=("ninja",),
            changelog={Version("1.0"): 3},
            names_variant=True,
        )
    )
    found = package(made, "top")

    assert (found.build_dir, found.build_tag, found.accelerator) == ("python", "3", True)
    assert [name for name, _ in found.env] == ["B", "A"]
    assert found.config_settings == {"x": ("y",)}
    assert (found.update_build_requires, found.remove_build_requires) == (("cython<4",), ("ninja",))
    assert found.is_patched
    assert not package(made, "lib").is_patched


@pytest.mark.parametrize(
    ("variant", "names_variant", "needed"),
    [
        ("cuda", True, "cuda"),
        ("rocm-ubi9", True, "rocm-ubi9"),
        ("cuda", False, ""),
        ("cpu", True, ""),
        ("gaudi", True, ""),
    ],
)
def test_packages_of_cuda_and_rocm_that_name_the_variant_need_its_accelerator(
    variant: str, names_variant: bool, needed: str
) -> None:
    packages = {"top": PackageSettings(names_variant=names_variant)}
    found = package(plan(Overrides(variant=variant, packages=packages)), "top")

    assert (found.accelerator, found.accelerator_variant) == (names_variant, needed)


def test_patches_are_in_the_plan_in_order() -> None:
    names = ["020 $(id).patch", "010.patch", '";evil()#.patch']
    patches = tuple(Patch(Path(name), "top", None, f"top/{name}", "0" * 64) for name in names)
    made = plan(Overrides(patches=patches))
    found = package(made, "top")

    assert [(patch.path, patch.name) for patch in found.patches] == [
        ('top/";evil()#.patch', "patches/0001-__evil___.patch"),
        ("top/010.patch", "patches/0002-010.patch"),
        ("top/020 $(id).patch", "patches/0003-020___id_.patch"),
    ]
    assert found.is_patched
    assert made.made_from.patches == sha256_of_files({patch.place: patch.sha256 for patch in patches})


def test_a_git_source_gets_pkg_info() -> None:
    found = package(plan(top={"download_url": "git+https://forge.test/top@v1"}), "top")

    assert found.needs_pkg_info and found.is_patched


def test_rust_comes_from_the_lock() -> None:
    files = {name: LockedFile("x", "0" * 64) for name in ("sdist_top_1.0", "crate_a_1.0.0", "git_0123")}
    rust = RustLock("rust", ("a_1.0.0",), (("git_0123", "git+http://forge.test/x#0123"),))
    lock = Lock(files, {"top==1.0": LockedPackage("sdist_top_1.0", "", rust)})
    found = package(plan(lock=lock), "top")

    assert (found.is_rust, found.cargo_root, found.crates) == (True, "rust", ("a_1.0.0",))
    assert found.git_crates == (GitCrates("git_0123", "git+http://forge.test/x#0123"),)
    assert found.is_vendored
    assert not package(plan(), "top").is_rust


def rust_plan(origin: str, overrides: Overrides | None = None) -> Plan:
    files = {"sdist_top_1.0": LockedFile("top-1.0.tar.gz", "0" * 64)}
    rust = RustLock(".", ("a_1.0.0",), text="a lock", origin=origin)
    return plan(overrides, lock=Lock(files, {"top==1.0": LockedPackage("sdist_top_1.0", "", rust)}))


def test_a_cargo_lock_that_the_source_lacks_is_added() -> None:
    found = package(rust_plan("overrides"), "top")

    assert (found.cargo_lock, found.is_vendored) == (sha256_of_text("a lock"), True)
    assert rust_plan("overrides").warnings == ()


def test_crates_that_cargo_chose_are_a_warning_with_the_remedy() -> None:
    (warning,) = rust_plan("cargo").warnings

    assert warning.startswith("top 1.0: its source has no Cargo.lock; cargo chose its 1 crates")
    assert warning.endswith("into overrides/patches/top-1.0/")


def test_a_cargo_lock_for_a_package_without_rust_is_an_error() -> None:
    overrides = Overrides(cargo_locks=(CargoLock(Path("p/top/Cargo.lock"), "top", "1.0", None),))
    lock = Lock({"sdist_top_1.0": LockedFile("x", "0" * 64)}, {"top==1.0": LockedPackage("sdist_top_1.0", "")})

    with pytest.raises(
        SettingsError, match=r"p/top/Cargo\.lock: top 1\.0 has no Rust, so its Cargo\.lock is never used"
    ):
        plan(overrides, lock=lock)
    assert rust_plan("overrides", overrides).packages


@pytest.mark.parametrize("strict", [False, True])
def test_only_pre_built_wheels_are_strict(strict: bool) -> None:
    graph = make_graph({"": ["toplevel a==1", "toplevel b==1"], "a==1": [], "b==1": []}, a={"pre_built": True})
    made = make_plan(graph, Lock(), Overrides(), PlanOptions("3.12", strict_prebuilt=strict))

    assert [found.strict for found in made.packages] == [strict, False]


def test_a_pre_built_package_is_a_warning() -> None:
    made = plan(top={"pre_built": True})

    assert package(made, "top") == PackagePlan(
        name="top", version="1.0", pre_built=True, install_requires=("lib",), install_closure=(("lib", "2.0"),)
    )
    assert made.warnings == ("top 1.0 is used as a published wheel (pre_built)",)


def test_a_build_requirement_of_the_settings_that_the_graph_lacks_is_a_warning() -> None:
    update = ("Setuptools>=61", "hatchling>1", "never; python_version < '3'")
    made = plan(with_settings(update_build_requires=update))

    assert made.warnings == (
        "top.yaml:1: update_build_requires names hatchling>1, but the graph has no such build requirement of top 1.0, "
        "which is built without it; make the graph again",
    )
    assert plan(with_settings(update_build_requires=update), top={"pre_built": True}).warnings == (
        "top 1.0 is used as a published wheel (pre_built)",
    )


def test_unused_overrides_are_an_error() -> None:
    overrides = Overrides(
        packages={"gone": PackageSettings(where="gone.yaml:1")}, patches=(Patch(Path("g/1.patch"), "gone", None),)
    )

    with pytest.raises(
        SettingsError, match=r"(?s)--unused-overrides=warn.*gone\.yaml:1: .*no package gone.*g/1\.patch"
    ):
        plan(overrides)


def test_unused_overrides_may_be_a_warning() -> None:
    made = plan(Overrides(packages={"gone": PackageSettings(where="gone.yaml:1")}), allow_unused=True)

    assert made.warnings == ("gone.yaml:1: the graph has no package gone",)


def test_a_build_cycle_is_an_error() -> None:
    graph = make_graph({"": ["toplevel a==1"], "a==1": ["build-system a==1"]})

    with pytest.raises(BuildCycleError, match="a 1 needs itself"):
        make_plan(graph, Lock(), Overrides(), PlanOptions("3.12"))


@pytest.mark.parametrize(
    ("req", "python", "warns"),
    [
        ('tomli>=1; python_version < "3.11"', "3.12", True),
        ('tomli>=1; python_version < "3.11"', "3.10", False),
        ('tomli>=1; python_full_version <= "3.11.0a6"', "3.12", True),
        ('tomli>=1; python_version < "3.11" and extra == "toml"', "3.12", False),
        ('tomli>=1; sys_platform == "linux"', "3.12", False),
        ("tomli ; ???", "3.12", False),
        ("tomli", "3.12", False),
    ],
)
def test_a_node_that_no_marker_selects_is_a_warning(req: str, python: str, warns: bool) -> None:
    graph = make_graph({"": ["toplevel a==1"], "a==1": [f"install tomli==2.0 {req}"], "tomli==2.0": []})
    warnings = make_plan(graph, Lock(), Overrides(), PlanOptions(python)).warnings

    assert [f"tomli 2.0 is in the graph, but no marker selects it on Python {python}" in text for text in warnings] == [
        True
    ] * warns


@pytest.mark.parametrize(("full", "warns"), [("3.12.1", False), ("3.12.4", True), ("", False)])
def test_markers_are_evaluated_for_the_patch_level_of_the_lock(full: str, warns: bool) -> None:
    """If the patch level is unknown, a marker that holds for any patch level holds."""
    req = 'tomli>=1; python_full_version < "3.12.4"'
    graph = make_graph({"": ["toplevel a==1"], "a==1": [f"install tomli==2.0 {req}"], "tomli==2.0": []})

    warnings = make_plan(graph, Lock(python=full), Overrides(), PlanOptions("3.12")).warnings

    assert len(warnings) == warns


def test_a_node_with_one_edge_without_a_marker_is_selected() -> None:
    graph = make_graph(
        {
            "": ["toplevel a==1"],
            "a==1": ['install tomli==2.0 tomli; python_version < "3.11"', "build-system tomli==2.0 tomli"],
            "tomli==2.0": [],
        }
    )

    assert make_plan(graph, Lock(), Overrides(), PlanOptions("3.12")).warnings == ()


def test_two_versions_of_a_package_have_a_plan_each() -> None:
    graph = make_graph({"": ["toplevel a==1", "toplevel a==2"], "a==1": [], "a==2": []})

    assert [
        (found.name, found.version) for found in make_plan(graph, Lock(), Overrides(), PlanOptions("3.12")).packages
    ] == [
        ("a", "1"),
        ("a", "2"),
    ]
