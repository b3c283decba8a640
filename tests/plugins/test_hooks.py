"""Hooks of installed plugins: their arguments, their errors, and the package `fromager` that they import."""

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from fromager_gen.errors import BuildError
from fromager_gen.plugins import Hooks, HostContext

PLUGIN = """
import logging
from packaging.requirements import Requirement
from fromager import context

calls = []

def note(ctx, req, dist_name, dist_version, **files):
    assert isinstance(ctx, context.WorkContext) and isinstance(req, Requirement)
    calls.append((str(req), dist_name, dist_version, files))
    logging.getLogger(__name__).info("noted %s", dist_name)

def fails(**arguments):
    raise ValueError("no space")

def asks(ctx, **arguments):
    ctx.uv_cache

def asks_module(**arguments):
    import fromager
    fromager.bootstrapper
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "hooks_of_a_team.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    yield "hooks_of_a_team"
    for name in [name for name in sys.modules if name.partition(".")[0] in ("hooks_of_a_team", "fromager")]:
        del sys.modules[name]


def hooks(folder: Path, **values: str) -> Hooks:
    entries = tuple(EntryPoint(name, value, "fromager.hooks") for name, value in values.items())
    return Hooks(HostContext(folder / "work-dir", folder / "wheels", folder / "sdists", "cpu"), entries)


def test_each_hook_gets_the_arguments_of_fromager(tmp_path: Path, module: str, logged: list[str]) -> None:
    note = f"{module}:note"
    called = hooks(tmp_path, post_bootstrap=note, post_build=note, prebuilt_wheel=note)
    sdist, wheel = tmp_path / "a-1.tar.gz", tmp_path / "a-1-0-py3-none-any.whl"
    called.post_bootstrap("a", "1", None, wheel)
    called.post_build("a", "1", sdist, wheel)
    called.prebuilt_wheel("a", "1", wheel)

    assert sys.modules[module].calls == [
        ("a==1", "a", "1", {"sdist_filename": None, "wheel_filename": wheel}),
        ("a==1", "a", "1", {"sdist_filename": sdist, "wheel_filename": wheel}),
        ("a==1", "a", "1", {"wheel_filename": wheel}),
    ]
    assert f"INFO loaded hook 'post_build': from {module} (a plugin)" in logged


def test_the_context_has_the_folders_of_the_run(tmp_path: Path, module: str) -> None:
    hooks(tmp_path, post_build=f"{module}:note").post_build("a", "1", tmp_path, tmp_path)
    context = sys.modules["fromager.context"].WorkContext(tmp_path / "t", tmp_path / "w", tmp_path / "s", "cuda")

    assert context.sdists_builds == tmp_path / "s" / "builds"
    assert context.wheels_downloads == tmp_path / "w" / "downloads"
    assert (context.work_dir, context.variant) == (tmp_path / "t", "cuda")


def test_modules_are_imported_only_for_a_call(tmp_path: Path, module: str) -> None:
    hooks(tmp_path, post_build=f"{module}:note")

    assert module not in sys.modules


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("fails", r"a 1: the hook post_build of \S+:fails \(a plugin\) failed: ValueError: no space"),
        ("asks", r"fromager\.context\.WorkContext\.uv_cache of Fromager does not exist in fromager-gen"),
        ("asks_module", r"fromager\.bootstrapper of Fromager does not exist in fromager-gen"),
        ("none", r"the hook post_build of \S+:none \(a plugin\) can't be imported: AttributeError"),
    ],
)
def test_a_hook_that_fails_names_package_and_plugin(tmp_path: Path, module: str, value: str, says: str) -> None:
    with pytest.raises(BuildError, match=says):
        hooks(tmp_path, post_build=f"{module}:{value}").post_build("a", "1", tmp_path, tmp_path)


def test_a_module_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"can't be imported: ModuleNotFoundError: No module named 'gone'"):
        hooks(tmp_path, post_build="gone:x").post_build("a", "1", tmp_path, tmp_path)
