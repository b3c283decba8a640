"""Functions of plugins get Fromager's arguments in a build, and their answers are checked."""

import importlib
import io
import json
import logging
import os
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.projects import Project

from fromager_gen.plugins import Plugins
from fromager_gen.plugins.host import api

Install = Callable[..., Plugins]
PATCH = "--- a/new.txt\n+++ b/new.txt\n@@ -1 +1 @@\n-one\n+two\n"


class Build:
    """A folder in the form of a build's world, in which functions are called."""

    def __init__(self, folder: Path, install: Install) -> None:
        self.folder, self._install = folder, install
        for name in ("src/a-1.0", "out", "work-dir", "env/bin"):
            (folder / name).mkdir(parents=True)
        (folder / "env" / "bin" / "python3").symlink_to(sys.executable)
        self.source = folder / "src" / "a-1.0"
        for name, data in Project("a", "1.0", asks=["tool>1"], install=["b>2"]).files().items():
            path = self.source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def call(self, function: str, body: str, **more: Any) -> Any:
        """Call a function of a plugin with all arguments of Fromager, in ``given``."""
        head = f"import fromager\nfrom fromager import {_MODULES}\n"
        taken = ", ".join(("ctx", "req", *_TAKEN[function]))
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        self._install({"plug.py": f"{head}def {function}({taken}):\n{lines}"})
        sys.modules.pop("plug", None)
        importlib.invalidate_caches()
        given = {
            "modules": "", "log": str(self.folder / "log"), "module": "plug", "function": function, "package": "a",
            "version": "1.0", "context": {"variant": "cuda", "settings": {"annotations": {"x": "y"}}},
            "source_root": str(self.source), "build_dir": ".", "root": str(self.folder),
            "work_dir": str(self.folder / "work-dir"), "out": str(self.folder / "out"),
            "env": str(self.folder / "env"), "jobs": 3, "config_settings": {"s": ["1", "2"], "t": ["3"]},
            "extra_environ": {"PATH": os.environ["PATH"], "SET": "1"},
        }  # fmt: skip
        return json.loads(json.dumps(api("_call").answer({**given, **more})))

    def log(self) -> list[str]:
        return [json.loads(line)["text"] for line in (self.folder / "log").read_text().splitlines()]


_MODULES = "dependencies, downloads, external_commands, gitutils, sources, wheels"
_OF_ENV = ("sdist_root_dir", "build_env", "extra_environ")
_TAKEN = {
    "add_extra_metadata_to_wheels": ("version", "extra_environ", "sdist_root_dir", "dist_info_dir"),
    "build_sdist": (*_OF_ENV, "version", "build_dir"),
    "build_wheel": (*_OF_ENV, "version", "build_dir"),
    "get_build_backend_dependencies": (*_OF_ENV, "build_dir"),
    "get_build_sdist_dependencies": (*_OF_ENV, "build_dir"),
    "get_build_system_dependencies": ("sdist_root_dir", "build_dir"),
    "get_install_dependencies_of_sdist": (*_OF_ENV, "version", "build_dir", "config_settings"),
    "prepare_source": ("source_filename", "version"),
    "update_extra_environ": (*_OF_ENV, "version"),
}


@pytest.fixture
def build(tmp_path: Path, install: Install) -> Iterator[Build]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield Build(tmp_path / "world", install)
    root.handlers[:] = before
    root.setLevel(level)


def test_variables_are_changed_in_place(build: Build) -> None:
    body = "extra_environ['NEW'] = f'{req} {version} {ctx.variant}'\ndel extra_environ['SET']"
    found = build.call("update_extra_environ", body)

    assert found == {"PATH": os.environ["PATH"], "NEW": "a 1.0 cuda"}


def test_requirements_are_texts_or_objects(build: Build) -> None:
    body = "from packaging.requirements import Requirement\nreturn {'b', Requirement('a>1'), 'b'}"

    assert build.call("get_build_system_dependencies", body) == ["a>1", "b"]


def test_the_defaults_read_the_source(build: Build) -> None:
    system = "return dependencies.default_get_build_system_dependencies(ctx, req, sdist_root_dir, build_dir)"
    asked = "return dependencies.{}(ctx, req, sdist_root_dir, build_dir, extra_environ, build_env)"
    install = (
        "return dependencies.default_get_install_dependencies_of_sdist(ctx=ctx, req=req, version=version, "
        "sdist_root_dir=sdist_root_dir, build_env=build_env, extra_environ=extra_environ, build_dir=build_dir, "
        "config_settings={})"
    )

    assert build.call("get_build_system_dependencies", system) == []
    for kind in ("backend", "sdist"):
        text = asked.format(f"default_get_build_{kind}_dependencies")
        assert build.call(f"get_build_{kind}_dependencies", text) == ["tool>1"]
    metadata = build.call("get_install_dependencies_of_sdist", install)
    assert metadata == "Metadata-Version: 2.1\nName: a\nVersion: 1.0\nRequires-Dist: b>2\n"


def test_settings_of_the_backend_and_the_package_are_known(build: Build) -> None:
    body = (
        "settings = ctx.package_build_info(req)\n"
        "return {'jobs': settings.parallel_jobs(), 'all': settings.get_extra_environ(), 'config': settings.annotations}"
    )
    found = build.call("add_extra_metadata_to_wheels", body)

    assert found == {"jobs": 3, "all": {"PATH": os.environ["PATH"], "SET": "1"}, "config": {"x": "y"}}


def test_a_wheel_is_built_by_the_backend(build: Build) -> None:
    body = (
        "wheels.default_build_wheel(ctx, build_env, extra_environ, req, sdist_root_dir, version, build_dir)\n"
        "assert build_env.run(['sh', '-c', 'echo $SET'], extra_environ=extra_environ) == '1\\n'"
    )

    assert build.call("build_wheel", body) is None
    with zipfile.ZipFile(build.folder / "out" / "a-1.0-py3-none-any.whl") as wheel:
        assert "a.py" in wheel.namelist()
    assert "running: sh -c 'echo $SET' in ." in build.log()


def test_an_sdist_is_packed(build: Build) -> None:
    (build.source / "PKG-INFO").unlink()
    call = "return sources.default_build_sdist(ctx, extra_environ, req, version, sdist_root_dir, build_env, build_dir)"
    path = Path(build.call("build_sdist", call))

    assert path == build.folder / "out" / "a-1.0.tar.gz"
    with tarfile.open(path) as sdist:
        assert {"a-1.0/backend.py", "a-1.0/PKG-INFO"} <= set(sdist.getnames())


def test_a_source_is_unpacked_and_changed(build: Build, tmp_path: Path) -> None:
    archive = tmp_path / "odd-name.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        for name, data in (("top/new.txt", b"one\n"), ("top/pyproject.toml", b"[build-system]\nrequires = ['x']\n")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    patch = tmp_path / "0001-x.patch"
    patch.write_text(PATCH)
    body = "return sources.default_prepare_source(ctx, req, source_filename, version)"
    found = Path(
        build.call(
            "prepare_source", body, source_filename=str(archive), patch=[str(patch)],
            update_build_requires=["y"], remove_build_requires=["x"],
        )
    )  # fmt: skip

    assert found == build.folder / "work-dir" / "a-1.0" / "a-1.0"
    assert (found / "new.txt").read_text() == "two\n"
    assert "['setuptools', 'y']" in (found / "pyproject.toml").read_text().replace('"', "'")


def test_an_argument_that_is_not_taken_is_a_warning(build: Build) -> None:
    build._install({"short.py": "def update_extra_environ(req): ...\n"})
    build.call("update_extra_environ", "pass", module="short")

    assert "short.update_extra_environ override does not take argument version" in build.log()


@pytest.mark.parametrize(
    ("function", "body", "says"),
    [
        ("build_wheel", "raise KeyError('x')", "build_wheel of the plugin plug failed: KeyError: 'x'"),
        ("build_wheel", "external_commands.run(['false'])", "failed: CalledProcessError"),
        ("build_wheel", "fromager.commands", "fromager.commands of Fromager does not exist"),
        ("build_wheel", "gitutils.git_clone_fast(output_dir=ctx.work_dir, repo_url='x')", "git can't reach"),
        ("build_wheel", "ctx.settings.sbom_settings", "packagesettings.Settings.sbom_settings of Fromager does not ex"),
        ("build_wheel", "ctx.constraints", "ctx.constraints is known only to get_resolver_provider"),
        ("build_wheel", "ctx.package_build_info('torch')", "the settings of torch are no input of this build"),
        ("build_wheel", "build_env.uv", "build_environment.BuildEnvironment.uv of Fromager does not exist"),
        ("build_wheel", "sources.scan()", "fromager.sources.scan of Fromager does not exist"),
        ("build_wheel", "downloads.download_url(destination_dir=ctx.work_dir, url='x')", "in a build; download_source"),
        ("build_wheel", "build_env.install([fromager.overrides and __import__('packaging.requirements').requirements."
         "Requirement('nothing-there')])", "the build environment does not have nothing-there"),
        ("build_wheel", "pass", r"it must write one wheel to ctx\.wheels_build, which has \[\]"),
        ("get_build_system_dependencies", "return ['a b']", "failed: InvalidRequirement"),
        ("get_build_system_dependencies", "return 'wheel'", "it must return a list of requirements, not 'wheel'"),
        ("get_build_system_dependencies", "return None", "it must return a list of requirements, not None"),
        ("get_build_system_dependencies", "return [1]", r"it must return requirements as texts or objects, not \[1\]"),
        ("update_extra_environ", "extra_environ['A'] = 5", "names and values of extra_environ must be texts"),
        ("prepare_source", "return 'text'", "prepare_source must return a path"),
        ("prepare_source", "return ctx.work_dir", "which is not a folder WORK_DIR/NAME/NAME"),
        ("build_sdist", "return None", "build_sdist must return a path"),
    ],
)  # fmt: skip
def test_a_function_that_fails_names_the_plugin(build: Build, function: str, body: str, says: str) -> None:
    with pytest.raises(SystemExit, match=says):
        build.call(function, body)


def test_an_answer_that_is_no_dict_adds_nothing(build: Build) -> None:
    assert build.call("add_extra_metadata_to_wheels", "return [1]") == {}


def test_functions_of_builds_say_so_on_the_host(install: Install) -> None:
    install({})
    with pytest.raises(RuntimeError, match="BuildEnvironment can be called only in a build"):
        api("build_environment").BuildEnvironment(ctx=None, req=None, sdist_root_dir=None)
