"""Actions in which functions of a plugin replace steps. The functions' arguments are tested in `tests/plugins`."""

import json
import os
import sys
import tarfile
import zipfile
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from support.backends import Action, answering

from actions import ask_backend, build_sdist, build_wheel, call_plugin, prepare_source
from actions.errors import ActionError
from fromager_gen.plugins import PLUGIN_GROUP, Plugins

HEAD = "import os, pathlib\nfrom fromager import sources, wheels\n"
PREPARE = """
def prepare_source(ctx, req, source_filename, version):
    root, is_new = sources.unpack_source(ctx, req, version, source_filename)
    (root / "added.txt").write_text(str(is_new))
    (ctx.work_dir / "note.txt").write_text("noted")
    return root, is_new
"""
WHEEL = """
def build_wheel(ctx, build_env, extra_environ, req, version, sdist_root_dir, build_dir):
    extra_environ["PATH"]
    wheels.default_build_wheel(ctx, build_env, extra_environ, req, sdist_root_dir, version, build_dir)
"""
MORE = """
def add_extra_metadata_to_wheels(ctx, req, version, extra_environ, sdist_root_dir, dist_info_dir):
    (dist_info_dir / "NOTE").write_text(extra_environ["NOTE"])
    return {"noted": True}
def update_extra_environ(ctx, req, version, sdist_root_dir, extra_environ, build_env):
    extra_environ["NOTE"] = "from the plugin"
"""
SDIST = """
def build_sdist(ctx, extra_environ, req, version, sdist_root_dir, build_dir, build_env):
    return sources.default_build_sdist(ctx, extra_environ, req, version, sdist_root_dir, build_env, build_dir)
"""
NEEDS = "".join(
    f"def get_{kind}_dependencies(ctx, req):\n    return [{kind!r}]\n"
    for kind in ("build_system", "build_backend", "build_sdist", "install")
).replace("get_install_dependencies", "get_install_dependencies_of_sdist")


class Called:
    """An action with a plugin."""

    def __init__(self, action: Action, site: Path) -> None:
        self.action, self.site = action, site
        self.out = action.folder / "of-plugin"
        self.out.mkdir()

    def run(self, program: Callable[[list[str]], None], text: str, *functions: str, **options: str) -> None:
        (self.site / "plug.py").write_text(HEAD + text)
        plugin = Plugins([_entry()]).of("demo")
        assert plugin is not None
        archive = self.action.folder / "plugin.zip"
        archive.write_bytes(plugin.archive)
        words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        words += [f"--plugin={archive}", "--plugin-module=plug", f"--plugin-out={self.out}"]
        words += [f"--plugin-function={name}" for name in functions]
        words += ["--plugin-context", json.dumps({"variant": "cpu", "settings": {"env": {"A": "B"}}})]
        program(self.action.arguments(f"--out={self.action.out}", *words))

    def log(self) -> list[str]:
        return [json.loads(line)["text"] for line in (self.out / "log").read_text().splitlines()]


def _entry() -> EntryPoint:
    return EntryPoint("demo", "plug", PLUGIN_GROUP)


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Called:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(os, "nice", lambda steps: 0)  # the process of the tests could not undo it
    # The libraries of the programs are installed for the tests, and not packed into one file.
    monkeypatch.setattr("actions.plugin.calls.PYTHON_FLAGS", ["-B", "-P"])
    return Called(Action(tmp_path, monkeypatch), site)


def test_a_source_is_prepared(called: Called) -> None:
    called.run(prepare_source.main, PREPARE, "prepare_source")

    with tarfile.open(called.action.out) as prepared:
        assert {"demo-1.0/backend.py", "demo-1.0/added.txt"} <= set(prepared.getnames())
    assert (called.out / "work-dir" / "note.txt").read_text() == "noted"
    assert sorted(path.name for path in (called.out / "work-dir").iterdir()) == ["note.txt"]
    assert any("override method prepare_source returned" in line for line in called.log())


def test_a_wheel_is_built_with_metadata(called: Called) -> None:
    called.action.out.mkdir()
    functions = ("add_extra_metadata_to_wheels", "build_wheel", "update_extra_environ")
    called.run(build_wheel.main, WHEEL + MORE, *functions, install_requires="dep", build_settings='{"env": {"A": "B"}}')

    with zipfile.ZipFile(called.action.out / "demo-1.0-py3-none-any.whl") as wheel:
        assert wheel.read("demo-1.0.dist-info/NOTE") == b"from the plugin"
        settings = wheel.read("demo-1.0.dist-info/fromager-build-settings").decode()
    assert settings == '[env]\nA = "B"\n\n[metadata-from-plugin]\nnoted = true\n'


def test_an_sdist_is_packed(called: Called) -> None:
    called.run(build_sdist.main, SDIST, "build_sdist")

    with tarfile.open(called.action.out) as sdist:
        assert {"demo-1.0/backend.py", "demo-1.0/PKG-INFO"} <= set(sdist.getnames())


@pytest.mark.parametrize(
    ("question", "function", "answer"),
    [
        ("build_system", "get_build_system_dependencies", ["build-system"]),
        ("build_requires", "get_build_backend_dependencies", ["build-backend"]),
        ("sdist_requires", "get_build_sdist_dependencies", ["build-sdist"]),
        ("build_requires", "update_extra_environ", ["one", "two>=2"]),
    ],
)
def test_a_plugin_answers_for_the_backend(called: Called, question: str, function: str, answer: list[str]) -> None:
    called.run(ask_backend.main, NEEDS + MORE, function, question=question)

    assert json.loads(called.action.out.read_text()) == [text.replace("-", "_") for text in answer]


def test_a_plugin_states_the_metadata_of_an_sdist(called: Called) -> None:
    called.run(ask_backend.main, NEEDS, "get_install_dependencies_of_sdist", question="metadata")

    assert called.action.out.read_text().endswith("Version: 1.0\nRequires-Dist: install\n")


def test_metadata_is_that_of_the_wheel_that_a_plugin_builds(called: Called) -> None:
    called.action.source(answering("prepare_metadata_for_build_wheel", "raise SystemExit('not asked')"))
    called.run(ask_backend.main, WHEEL, "build_wheel", question="metadata")

    assert "Requires-Dist: dep" in called.action.out.read_text()


def test_a_source_without_a_build_system_is_for_a_plugin(called: Called) -> None:
    archive = called.action.folder / "bare.tar.gz"
    with tarfile.open(archive, "w:gz") as bare:
        info = tarfile.TarInfo("demo-1.0/README")
        bare.addfile(info)
    called.run(
        ask_backend.main, NEEDS, "get_build_backend_dependencies", question="build_requires", source=str(archive)
    )

    assert json.loads(called.action.out.read_text()) == ["build_backend"]


def test_a_plugin_that_fails_is_an_error_with_its_log(called: Called) -> None:
    says = (
        r"(?s)demo 1\.0 could not be prepared: prepare_source of the plugin plug failed .*ValueError: no.*The whole log"
    )
    with pytest.raises(ActionError, match=says):
        called.run(prepare_source.main, "def prepare_source(ctx): raise ValueError('no')", "prepare_source")
    assert not called.action.out.exists()


def test_a_wrong_folder_for_the_sdist_is_an_error(called: Called) -> None:
    with pytest.raises(
        ActionError, match=r"build_sdist returned \S+/x\.tar\.gz, which is not a \.tar\.gz in the folder"
    ):
        called.run(build_sdist.main, "def build_sdist(ctx): return ctx.work_dir / 'x.tar.gz'", "build_sdist")


def test_without_a_plugin_a_source_is_not_prepared(called: Called) -> None:
    with pytest.raises(ActionError, match="no plugin has prepare_source"):
        prepare_source.main(called.action.arguments(f"--out={called.action.out}"))


def test_without_a_plugin_the_backend_builds_the_sdist(called: Called) -> None:
    body = ("open(os.path.join(args[0], 'demo-1.0.tar.gz'), 'w').write('sdist')", "return 'demo-1.0.tar.gz'")
    called.action.source(answering("build_sdist", *body))
    build_sdist.main(called.action.arguments(f"--out={called.action.out}"))

    assert called.action.out.read_text() == "sdist"


@pytest.mark.parametrize("name", ["../x.tar.gz", "/etc/passwd", "x.zip"])
def test_an_sdist_must_be_in_its_folder(called: Called, name: str) -> None:
    called.action.source(answering("build_sdist", f"return {name!r}"))
    with pytest.raises(ActionError, match=r"demo 1\.0 could not be built as an sdist: build_sdist returned"):
        build_sdist.main(called.action.arguments(f"--out={called.action.out}"))


def test_a_damaged_plugin_is_an_error(called: Called) -> None:
    (called.action.folder / "plugin.zip").write_text("no zip")
    words = [f"--plugin={called.action.folder / 'plugin.zip'}", "--plugin-module=plug", "--plugin-function=build_sdist"]
    with pytest.raises(ActionError, match=r"the plugin plugin\.zip is damaged"):
        build_sdist.main(called.action.arguments(f"--out={called.action.out}", *words, f"--plugin-out={called.out}"))


def test_the_program_of_a_call_uses_only_the_given_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = tmp_path / "modules"
    (modules / "fromager").mkdir(parents=True)
    (modules / "fromager" / "__init__.py").touch()
    (modules / "fromager" / "_call.py").write_text("import os\ndef answer(call):\n    return dict(os.environ)\n")
    call, answer = tmp_path / "call", tmp_path / "answer"
    call.write_text(json.dumps({"modules": str(modules), "extra_environ": {"A": "1"}}))
    monkeypatch.setattr(
        sys, "modules", {name: one for name, one in sys.modules.items() if "fromager." not in f"{name}."}
    )
    monkeypatch.setattr(os, "environ", {"OTHER": "2"})
    monkeypatch.setattr(sys, "path", list(sys.path))
    call_plugin.main([str(call), str(answer)])

    assert json.loads(answer.read_text()) == {"A": "1"}
