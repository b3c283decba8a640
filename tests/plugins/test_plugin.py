"""Plugins are found and packed without an import of their code."""

import io
import zipfile
from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest

from fromager_gen.errors import SettingsError
from fromager_gen.plugins import PLUGIN_GROUP, Plugin, Plugins

Install = Callable[..., Plugins]
STOP = "raise SystemExit('this code must not run')\n"


def plugin(plugins: Plugins, name: str = "a") -> Plugin:
    found = plugins.of(name)
    assert found is not None
    return found


def packed(found: Plugin) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(found.archive)) as archive:
        names = set(archive.namelist())
    assert {"fromager/__init__.py", "fromager/context.py", "packaging/version.py"} <= names
    return {name for name in names if name.partition("/")[0] not in ("fromager", "packaging")}


@pytest.mark.parametrize(
    "text",
    [
        "def build_wheel(): ...",
        "build_wheel = print",
        "build_wheel: object = print",
        "other, build_wheel = print, print",
        "import team.common as build_wheel",
        "from team.common import build_wheel",
        "from team.common import other as build_wheel",
        "from team.common import *",
        "from .common import *",
        "try:\n    import nothing\nexcept ImportError:\n    def build_wheel(): ...",
    ],
)
def test_functions_are_known_by_the_source(install: Install, text: str) -> None:
    files = {"team/__init__.py": STOP, "team/common.py": f"{STOP}def build_wheel(): ...", "team/a.py": STOP + text}

    assert plugin(install(files, a="team.a")).functions == ("build_wheel",)


def test_other_names_are_no_functions(install: Install) -> None:
    text = "def helper():\n    def build_wheel(): ...\nclass Build:\n    def build_sdist(self): ...\n"

    assert plugin(install({"plug.py": text}, a="plug")).functions == ()


def test_the_archive_has_what_the_module_imports(install: Install) -> None:
    files = {
        "team/__init__.py": "",
        "team/a.py": "import os, nowhere\nfrom team import used\nfrom . import also\nfrom fromager import context\n",
        "team/used.py": "def f():\n    import other.part\n",
        "team/also/__init__.py": "",
        "team/also/template.txt": "",
        "team/b.py": "def build_wheel(): ...",
        "other/__init__.py": "",
        "other/part.py": "",
        "other/more.py": "",
        "other/data.json": "",
        "other/native.so": "",
        "other/tests/test_part.py": "",
        "space/plain.py": "",
    }

    assert packed(plugin(install(files, a="team.a"))) == {
        "team/__init__.py", "team/a.py", "team/used.py", "team/also/__init__.py", "team/also/template.txt",
        "other/__init__.py", "other/part.py", "other/more.py", "other/data.json",
    }  # fmt: skip


def test_two_plugins_of_one_distribution_have_archives_of_their_own(install: Install) -> None:
    files = {"team/a.py": "def build_wheel(): ...", "team/b.py": "def build_wheel(): ..."}
    plugins = install(files, a="team.a", b="team.b")

    assert packed(plugin(plugins, "a")) == {"team/a.py"}
    assert packed(plugin(plugins, "b")) == {"team/b.py"}
    before = plugin(plugins, "a").sha256
    assert plugin(install({"team/b.py": "X = 1"}, a="team.a")).sha256 == before
    assert plugin(install({"team/a.py": "X = 1"}, a="team.a")).sha256 != before


def test_a_function_for_the_requirements_of_sdists_is_called_only_for_these(install: Install) -> None:
    text = "def get_install_dependencies_of_sdist(): ...\ndef build_wheel(): ...\ndef download_source(): ...\n"
    plugins = install({"plug.py": text}, a="plug")

    assert plugins.in_builds("a") == ("build_wheel",)
    assert plugins.has("a", "download_source")
    assert not plugins.has("a", "get_install_dependencies_of_sdist")
    assert plugins.in_builds("b") == ()


def test_only_functions_that_decide_the_source_count_for_it(install: Install) -> None:
    files = {"one.py": "def update_extra_environ(): ...", "two.py": "def prepare_source(): ..."}
    plugins = install(files, a="one", b="two")

    assert not plugins.overrides_source("a")
    assert plugins.overrides_source("b")


@pytest.mark.parametrize(
    ("files", "modules", "says"),
    [
        ({}, {"a": "gone"}, r"the plugin gone for a \(a plugin\) has no source file gone"),
        ({"plug.py": "def f(:"}, {"a": "plug"}, r"the plugin \S+plug\.py can't be read: invalid syntax"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_an_error(
    install: Install, files: dict[str, str], modules: dict[str, str], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        install(files, **modules).of("a")


def test_what_is_left_out_is_a_warning(install: Install, logged: list[str]) -> None:
    plugin(install({"plug.py": "X = 1\n"}, a="plug"))

    assert any("the plugin plug has no function that Fromager calls" in line for line in logged)


def test_metadata_is_packed_only_for_modules_that_ask(install: Install) -> None:
    plain = plugin(install({"plug.py": "import packaging\n"}, a="plug"))
    asks = plugin(install({"plug.py": "import packaging\nfrom importlib.metadata import version\n"}, a="plug"))

    assert not any("dist-info" in name for name in packed(plain))
    assert any(name.startswith("packaging-") and name.endswith(".dist-info/METADATA") for name in packed(asks))


def test_two_plugins_for_one_package_are_an_error() -> None:
    entries = [EntryPoint("a", module, PLUGIN_GROUP) for module in ("p", "q")]
    with pytest.raises(SettingsError, match=r"p \(a plugin\) and q \(a plugin\) are plugins for the same package a"):
        Plugins(entries).of("a")


def test_a_name_that_fromager_does_not_look_for_is_ignored(install: Install, logged: list[str]) -> None:
    plugins = Plugins([EntryPoint("my-pkg", "plug", PLUGIN_GROUP)])

    assert plugins.packages == frozenset()
    assert "WARNING the plugin plug is ignored, because its entry point is named my-pkg and not my_pkg" in logged
