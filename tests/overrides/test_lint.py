"""Wrong names of settings, patches and plugins."""

from pathlib import Path

import pytest
from support.folders import make

from fromager_gen.overrides import OverridePaths
from fromager_gen.overrides.lint import lint


def problems(folder: Path) -> list[str]:
    found = lint(OverridePaths(folder / "settings.yaml", folder / "settings", folder / "patches"))
    return [problem.replace(f"{folder}/", "") for problem in found]


def test_good_names_have_no_problem(tmp_path: Path) -> None:
    make(tmp_path, "settings/some_pkg.yaml", "patches/some_pkg/1.patch", "patches/some_pkg-1.0+cpu/cpu/1.patch")
    make(tmp_path, "settings/.gitkeep", "patches/.gitkeep")

    assert problems(tmp_path) == []
    assert problems(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("patches/Some_Pkg/1.patch", ["patch folder patches/Some_Pkg should be named some_pkg"]),
        ("patches/some.pkg-1.0/1.patch", ["patch folder patches/some.pkg-1.0 should be named some_pkg-1.0"]),
        (
            "patches/some-pkg/1.patch",
            ["patch folder patches/some-pkg: 'pkg' is not a version; the name is <name_with_underscores>[-<version>]"],
        ),
        (
            "patches/1.patch",
            [
                "patches/1.patch is not a folder, so it is ignored; patches belong in "
                "<name_with_underscores>[-<version>]/"
            ],
        ),
        ("settings/some-pkg.yaml", ["settings file settings/some-pkg.yaml should be named some_pkg.yaml"]),
        ("settings/pkg.yml", ["settings file settings/pkg.yml should end in .yaml; it is ignored"]),
        (
            "settings/Pkg.yml",
            [
                "settings file settings/Pkg.yml should end in .yaml; it is ignored",
                "settings file settings/Pkg.yml should be named pkg.yaml",
            ],
        ),
    ],
)
def test_wrong_names_are_reported(tmp_path: Path, path: str, says: list[str]) -> None:
    make(tmp_path, path)

    assert problems(tmp_path) == says


def test_a_patch_file_without_a_diff_is_reported(tmp_path: Path) -> None:
    make(tmp_path, "patches/a/cpu/1.patch", text="see the other file\n")

    assert problems(tmp_path) == ["patches/a/cpu/1.patch does not contain a unified diff, so it changes nothing"]


def test_files_that_are_ignored_are_reported(tmp_path: Path) -> None:
    make(tmp_path, "patches/a/1.diff", "patches/a/cpu/cargo.lock", "patches/a/Cargo.lock", "patches/a/.gitkeep")
    tail = "is ignored; a patch ends in .patch, and a lock of crates is named Cargo.lock"

    assert problems(tmp_path) == [f"patches/a/1.diff {tail}", f"patches/a/cpu/cargo.lock {tail}"]


def test_invalid_settings_are_reported(tmp_path: Path) -> None:
    make(tmp_path, "settings/a.yaml", text="build_dir: 3\n")

    assert problems(tmp_path) == ["settings/a.yaml:1: expected a string, not 3"]


def test_a_wrong_name_of_a_plugin_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "site/plug-1.dist-info/METADATA", text="Metadata-Version: 2.1\nName: plug\nVersion: 1\n")
    make(tmp_path, "site/m.py", text="def build_wheel(): ...\n")
    make(tmp_path, "site/typo.py", text="def buid_wheel(): ...\n")
    text = "[fromager.project_overrides]\nSome-Pkg = m\ngood_name = m\nother = gone\nthird = typo\n"
    text += "[fromager.hooks]\npost_boostrap = m:f\npost_build = gone:f\nprebuilt_wheel = m:f\n"
    make(tmp_path, "site/plug-1.dist-info/entry_points.txt", text=text)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    found = problems(tmp_path)
    assert found[0] == "plugin 'Some-Pkg' (m) should be named 'some_pkg'"
    assert "the plugin gone for other (plug 1) has no source file gone" in found[1]
    assert found[2:] == [
        "plugin 'third' (typo) has no function that Fromager calls",
        "hook 'post_boostrap' of m:f (plug 1) is never called; hooks are post_bootstrap, post_build, prebuilt_wheel",
        "hook 'post_build' of gone:f (plug 1): there is no module gone",
    ]
