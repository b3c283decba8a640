"""The overrides of each package, including those that a build would refuse."""

import sys
from pathlib import Path

import pytest
from support.folders import make, sources

from fromager_gen.errors import SettingsError
from fromager_gen.overrides.survey import all_variants, survey


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a distribution with a plugin for some_pkg and return the file of its module."""
    site = tmp_path / "site"
    make(site, "plug-1.dist-info/METADATA", text="Metadata-Version: 2.1\nName: plug\nVersion: 1\n")
    make(site, "plug-1.dist-info/entry_points.txt", text="[fromager.project_overrides]\nsome_pkg = some_plugin\n")
    make(site, "some_plugin.py", text="def build_wheel(): ...\ndef post_build(): ...\ndef other(): ...\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, "some_plugin", raising=False)
    return site / "some_plugin.py"


def test_without_overrides_the_survey_is_empty(tmp_path: Path) -> None:
    assert survey(sources(tmp_path)) == {}
    assert all_variants(sources(tmp_path), []) == []


def test_settings_have_variants_and_a_release_age(tmp_path: Path) -> None:
    text = (
        "resolver_dist: {min_release_age: 7}\nvariants:\n  cpu: {}\n  cuda: {pre_built: true}\n  rocm: {env: {A: b}}\n"
    )
    make(tmp_path, "settings/Some_Pkg.yaml", text=text)
    make(tmp_path, "settings/empty.yaml")

    found = survey(sources(tmp_path))

    assert list(found) == ["empty", "some-pkg"]
    assert found["some-pkg"].variants == {"cpu": "yes", "cuda": "pre-built", "rocm": "yes"}
    assert found["some-pkg"].min_release_age == 7
    assert (found["empty"].has_settings, found["empty"].variants, found["empty"].min_release_age) == (True, {}, None)


def test_variants_come_from_global_settings_and_from_packages(tmp_path: Path) -> None:
    make(tmp_path, "settings.yaml", text="changelog: {rocm: [x]}\n")
    make(tmp_path, "settings/a.yaml", text="variants: {cuda: {}, cpu: {}}\n")

    assert all_variants(sources(tmp_path), survey(sources(tmp_path)).values()) == ["cpu", "cuda", "rocm"]


def test_patches_are_counted_by_version(tmp_path: Path) -> None:
    make(tmp_path, "patches/a/1.patch", "patches/a/cpu/2.patch", "patches/a/cuda/3.patch")
    make(tmp_path, "patches/a-10/4.patch", "patches/a-9/5.patch", "patches/a-9/6.patch", "patches/b-1/cuda/7.patch")

    found = survey(sources(tmp_path))

    assert list(found) == ["a"]
    assert found["a"].patched_versions() == ["9", "10"]
    assert [found["a"].patch_count(version) for version in ("", "9", "10")] == [2, 4, 3]
    assert survey(sources(tmp_path, "cuda"))["b"].patch_count("1") == 1


def test_shapes_show_the_kinds_of_overrides(tmp_path: Path, plugin: Path) -> None:
    make(tmp_path, "settings/a.yaml", "patches/b/1.patch", "settings/b.yaml")

    assert {name: package.shape for name, package in survey(sources(tmp_path)).items()} == {
        "a": "box",
        "b": "note",
        "some-pkg": "trapezium",
    }
    make(tmp_path, "patches/some_pkg/1.patch")
    assert survey(sources(tmp_path))["some-pkg"].shape == "tripleoctagon"


def test_hooks_of_a_plugin_are_listed(tmp_path: Path, plugin: Path) -> None:
    assert survey(sources(tmp_path))["some-pkg"].functions() == ["post_build", "build_wheel"]


def test_a_package_without_a_plugin_has_no_hooks(tmp_path: Path) -> None:
    make(tmp_path, "settings/a.yaml")

    assert survey(sources(tmp_path))["a"].functions() == []


def test_a_plugin_that_cannot_be_read_is_an_error(tmp_path: Path, plugin: Path) -> None:
    plugin.write_text("def build_wheel(:\n")

    with pytest.raises(SettingsError, match=r"some_plugin\.py can't be read: invalid syntax"):
        survey(sources(tmp_path))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("unknown: 1\n", r"a\.yaml:1: unknown key 'unknown'"),
        ("resolver_dist: 3\n", r"a\.yaml:1: expected a mapping of keys to values, not 3"),
        ("resolver_dist: {min_release_age: soon}\n", r"a\.yaml:1: expected a whole number of days, not 'soon'"),
        ("variants: [cuda]\n", r"a\.yaml:1: expected a mapping of keys to values, not a list"),
    ],
)
def test_invalid_settings_are_an_error_with_file_and_line(tmp_path: Path, text: str, says: str) -> None:
    make(tmp_path, "settings/a.yaml", text=text)

    with pytest.raises(SettingsError, match=says):
        survey(sources(tmp_path))


def test_a_global_changelog_that_is_not_a_mapping_is_an_error(tmp_path: Path) -> None:
    make(tmp_path, "settings.yaml", text="changelog: [x]\n")

    with pytest.raises(SettingsError, match=r"settings\.yaml:1: expected a mapping"):
        all_variants(sources(tmp_path), [])


def test_invalid_global_settings_are_an_error(tmp_path: Path) -> None:
    make(tmp_path, "settings.yaml", text="no_such_key: 1\n")

    with pytest.raises(SettingsError, match=r"settings\.yaml:1.*no_such_key"):
        survey(sources(tmp_path))
