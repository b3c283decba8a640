"""The hook of `wheels.build_tag_hook`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fromager_gen.errors import SettingsError
from fromager_gen.overrides import OverridePaths, Overrides, read_overrides
from fromager_gen.plugins import Plugins

Install = Callable[..., Plugins]
HOOK = """
def tag(*, ctx, req, version, wheel_tags):
    flag = ctx.package_build_info(req).annotations["flag"]
    is_platlib = any(one.platform != "any" for one in wheel_tags)
    return [ctx.variant, flag, f"{req}{version}"] + (["el9"] if is_platlib else [])
"""


def overrides(folder: Path, hook: str, changelog: str = "changelog: {cpu: [one, two]}") -> Overrides:
    (folder / "settings").mkdir()
    (folder / "settings" / "a.yaml").write_text("annotations: {flag: x}\n")
    (folder / "settings.yaml").write_text(f"wheels: {{build_tag_hook: {hook}}}\n{changelog}\n")
    return read_overrides(OverridePaths(folder / "settings.yaml", folder / "settings", folder / "patches"))


def test_segments_follow_the_number(tmp_path: Path, install: Install) -> None:
    install({"plug.py": HOOK})
    found = overrides(tmp_path, "plug:tag")

    assert found.build_tag("a", "1.0") == "2_cpu_x_a1.0"
    assert found.build_tag("a", "1.0", is_pure=False) == "2_cpu_x_a1.0_el9"


@pytest.mark.parametrize("hook", ["team.hooks.tag", "team.hooks:tag"])
def test_the_hook_may_be_named_as_pydantic_does(tmp_path: Path, install: Install, hook: str) -> None:
    install({"team/__init__.py": "", "team/hooks.py": "def tag(**given):\n    return ['x']\n"})

    assert overrides(tmp_path, hook).build_tag("a", "1.0") == "2_x"


def test_without_changelog_entries_the_hook_is_not_called(tmp_path: Path, install: Install) -> None:
    install({"plug.py": "raise OSError\n"})

    assert overrides(tmp_path, "plug:tag", changelog="").build_tag("a", "1.0") == "0"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise OSError('no')", r"settings\.yaml:1: build_tag_hook plug:tag failed for a 1\.0: OSError: no"),
        ("return 'abc'", r"plug:tag returned 'abc' for a 1\.0, which is not a list of texts"),
        ("return [1]", r"returned \[1\] for a 1\.0, which is not a list of texts"),
        ("return ['a-b']", r"returned 'a-b' for a 1\.0: a segment has only letters, digits and dots"),
        ("return ['']", r"returned '' for a 1\.0: a segment"),
    ],
)
def test_a_hook_that_fails_is_an_error(tmp_path: Path, install: Install, body: str, says: str) -> None:
    install({"plug.py": f"def tag(**given):\n    {body}\n"})
    with pytest.raises(SettingsError, match=says):
        overrides(tmp_path, "plug:tag").build_tag("a", "1.0")


@pytest.mark.parametrize("hook", ["plug", "plug:", ":tag", "a b:c", "a..b", "a.b:c:d"])
def test_a_hook_must_name_a_function(tmp_path: Path, hook: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.yaml:1: '.*' does not name a function"):
        overrides(tmp_path, f"'{hook}'")
