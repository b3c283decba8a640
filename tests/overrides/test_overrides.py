"""Folders of overrides: which files are read, for which versions, in which order, and which match no package."""

import sys
from pathlib import Path

import pytest
from packaging.version import Version
from support.folders import make, sources

from fromager_gen.errors import SettingsError
from fromager_gen.overrides import Overrides, PackageSettings, Patch, read_overrides


def names(overrides: Overrides, version: str) -> list[str]:
    return [patch.path.name for patch in overrides.patches_for("test-pkg", version)]


def test_missing_folders_count_as_empty(tmp_path: Path) -> None:
    assert read_overrides(sources(tmp_path)) == Overrides()


def test_patches_of_all_four_layouts_in_fromagers_order(tmp_path: Path) -> None:
    make(
        tmp_path,
        "patches/test_pkg-1.0.2/001.patch",
        "patches/test_pkg-1.0.2/002.patch",
        "patches/test_pkg-1.0.2/cpu/005-cpuver.patch",
        "patches/test_pkg/cpu/004-cpu.patch",
        "patches/test_pkg/010.patch",
        "patches/test_pkg/cuda/003-cuda.patch",
        "patches/test_pkg/README.md",
    )

    overrides = read_overrides(sources(tmp_path))

    assert names(overrides, "1.0.2") == ["001.patch", "002.patch", "004-cpu.patch", "005-cpuver.patch", "010.patch"]
    assert names(overrides, "1.0.3") == ["004-cpu.patch", "010.patch"]
    assert names(read_overrides(sources(tmp_path, "cuda")), "1.0.3") == ["003-cuda.patch", "010.patch"]


def test_an_unversioned_patch_goes_before_a_versioned_one_of_the_same_name(tmp_path: Path) -> None:
    make(tmp_path, "patches/test_pkg-1.0/001.patch", "patches/test_pkg/001.patch", "patches/test_pkg/cpu/001.patch")

    found = read_overrides(sources(tmp_path)).patches_for("test-pkg", "1.0")

    assert [str(patch.path.parent.relative_to(tmp_path / "patches")) for patch in found] == [
        "test_pkg",
        "test_pkg/cpu",
        "test_pkg-1.0",
    ]


def test_patches_apply_to_a_version_with_a_local_part(tmp_path: Path) -> None:
    make(tmp_path, "patches/test_pkg-1.0/001.patch")

    assert names(read_overrides(sources(tmp_path)), "1.0+cpu") == ["001.patch"]


def test_a_folder_whose_suffix_is_not_a_version_is_an_error(tmp_path: Path) -> None:
    make(tmp_path, "patches/test-pkg/001.patch", "patches/other-x/001.patch")

    with pytest.raises(
        SettingsError, match=r"(?s)2 problems.*other-x: 'x' is not a version.*test-pkg: 'pkg' is not a version"
    ):
        read_overrides(sources(tmp_path))


def test_a_folder_that_fromager_would_not_find_is_an_error(tmp_path: Path) -> None:
    make(tmp_path, "patches/Test_Pkg/001.patch", "patches/test.pkg-1.0/001.patch")

    with pytest.raises(
        SettingsError,
        match=r"(?s)Test_Pkg is ignored; it should be named test_pkg.*test\.pkg-1\.0 .* named test_pkg-1\.0",
    ):
        read_overrides(sources(tmp_path))


def test_folders_of_other_tools_are_ignored(tmp_path: Path) -> None:
    make(tmp_path, "patches/.git/x.patch", "patches/a/001.patch")

    assert [patch.package for patch in read_overrides(sources(tmp_path)).patches] == ["a"]


def test_a_patch_file_without_a_diff_is_an_error(tmp_path: Path) -> None:
    make(tmp_path, "patches/a/001.patch", text="diff --git a/x b/x\nold mode 100644\nnew mode 100755\n")
    make(tmp_path, "patches/a/002.patch", text="see the other file\n")

    with pytest.raises(SettingsError, match=r"patches: \S*a/002\.patch does not contain a unified diff"):
        read_overrides(sources(tmp_path))


def test_settings_are_read_by_canonical_name(tmp_path: Path) -> None:
    make(tmp_path, "settings/Flash_Attn.yaml", text="build_dir: x\n")

    assert read_overrides(sources(tmp_path)).settings("flash-attn").build_dir == "x"


def test_two_files_for_one_package_are_an_error(tmp_path: Path) -> None:
    make(tmp_path, "settings/flash-attn.yaml", "settings/flash_attn.yaml")

    with pytest.raises(SettingsError, match=r"flash_attn\.yaml and .*flash-attn\.yaml.* are both for flash-attn"):
        read_overrides(sources(tmp_path))


def test_a_package_without_settings_has_the_defaults() -> None:
    assert Overrides().settings("a") == PackageSettings()


def test_overrides_that_match_no_package_are_reported_with_their_file() -> None:
    overrides = Overrides(
        packages={"gone": PackageSettings(where="settings/gone.yaml:1"), "here": PackageSettings(where="here.yaml:1")},
        patches=(
            Patch(Path("gone_too/1.patch"), "gone-too", None),
            Patch(Path("here/1.patch"), "here", None),
            Patch(Path("here-1.0/1.patch"), "here", "1.0"),
            Patch(Path("here-9.0/1.patch"), "here", "9.0"),
        ),
    )

    assert overrides.unused([("here", "1.0+cpu"), ("here", "2.0")]) == [
        "settings/gone.yaml:1: the graph has no package gone",
        "gone_too/1.patch: the graph has no package gone-too",
        "here-9.0/1.patch: the graph has here 1.0, 2.0, not 9.0",
    ]


@pytest.mark.parametrize(("version", "tag"), [("1.0", "5"), ("1.0.0", "5"), ("1.0+gfx1", "5"), ("2.0", "3")])
def test_the_build_tag_counts_the_changelogs(version: str, tag: str) -> None:
    """Fromager never counts the entries of a version with a local part."""
    settings = PackageSettings(changelog={Version("1.0"): 2, Version("1.0+gfx1"): 5})
    overrides = Overrides(packages={"a": settings}, changelog=3)

    assert overrides.build_tag("a", version) == tag
    assert Overrides().build_tag("a", version) == "0"


def test_the_global_changelog_is_read(tmp_path: Path) -> None:
    make(tmp_path, "settings.yaml", text="changelog: {cpu: [a]}\n")

    assert read_overrides(sources(tmp_path)).changelog == 1


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a distribution with a plugin that overrides `my-torch`."""
    site = tmp_path / "site"
    make(site, "plugins-1.0.dist-info/METADATA", text="Metadata-Version: 2.1\nName: plugins\nVersion: 1.0\n")
    make(
        site, "plugins-1.0.dist-info/entry_points.txt", text="[fromager.project_overrides]\nmy_torch = plugins.torch\n"
    )
    monkeypatch.setattr(sys, "path", [*sys.path, str(site)])


@pytest.mark.usefixtures("plugin")
def test_a_plugin_without_a_source_file_is_an_error_for_its_package_alone(tmp_path: Path) -> None:
    found = read_overrides(sources(tmp_path)).plugins

    assert found.of("other") is None
    with pytest.raises(SettingsError, match=r"plugins\.torch for my-torch \(plugins 1\.0\) has no source file"):
        found.of("my-torch")


def cargo_lock(overrides: Overrides, name: str, version: str) -> Path | None:
    found = overrides.cargo_lock_for(name, version)
    return found.path if found else None


def test_a_cargo_lock_for_the_version_or_the_variant_takes_precedence(tmp_path: Path) -> None:
    make(tmp_path, "patches/a/Cargo.lock", "patches/a-1.0/Cargo.lock", "patches/a/cpu/Cargo.lock")
    make(tmp_path, "patches/b/Cargo.lock", "patches/b/cpu/Cargo.lock", "patches/b/cuda/Cargo.lock", "patches/c/x.patch")
    overrides = read_overrides(sources(tmp_path))
    patches = tmp_path / "patches"

    assert cargo_lock(overrides, "a", "1.0+cu1") == patches / "a-1.0" / "Cargo.lock"
    assert cargo_lock(overrides, "a", "2.0") == patches / "a" / "cpu" / "Cargo.lock"
    assert cargo_lock(overrides, "b", "1.0") == patches / "b" / "cpu" / "Cargo.lock"
    assert cargo_lock(overrides, "c", "1.0") is None
    assert overrides.unused([("a", "2.0"), ("b", "1"), ("c", "1")]) == [
        f"{patches / 'a-1.0' / 'Cargo.lock'}: the graph has a 2.0, not 1.0"
    ]
