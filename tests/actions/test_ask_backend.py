"""The actions that call a backend: world, arguments, results, and errors that name the package."""

import json
import os
import shutil
import socket
import zipfile
from pathlib import Path

import pytest
from support.backends import GOOD, METADATA, Action, answering, without
from support.tars import member, plain_tar
from support.wheels import files_of, write_wheel

from actions.ask_backend import main
from actions.build_wheel import main as build_wheel
from actions.contract import DEFAULT_JOBS
from actions.errors import ActionError
from actions.install_wheel import main as install_wheel
from actions.world.priority import steps

REQUIRES = "get_requires_for_build_wheel"
PREPARE = "prepare_metadata_for_build_wheel"


@pytest.fixture
def action(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Action:
    monkeypatch.setattr(os, "nice", lambda steps: 0)  # the process of the tests could not undo it
    return Action(tmp_path, monkeypatch)


def ask(action: Action, question: str, *more: str) -> str:
    main(action.arguments(f"--question={question}", f"--out={action.out}", *more))
    return action.out.read_text()


def requires(action: Action, *more: str) -> list[str]:
    return json.loads(ask(action, "build_requires", *more))  # type: ignore[no-any-return]


def refused(action: Action, question: str, *more: str) -> str:
    with pytest.raises(ActionError) as raised:
        ask(action, question, *more)
    assert not action.out.exists()
    return str(raised.value)


def test_build_requirements_are_a_list_of_json(action: Action) -> None:
    assert ask(action, "build_requires") == '[\n "one",\n "two>=2"\n]\n'


def test_metadata_is_the_unchanged_file(action: Action) -> None:
    assert ask(action, "metadata") == METADATA


def test_metadata_of_a_backend_without_the_hook_comes_from_its_wheel(action: Action) -> None:
    action.source(without(PREPARE))

    assert ask(action, "metadata") == METADATA


def test_a_source_without_a_build_system_is_built_with_setuptools(action: Action) -> None:
    """The environment of the test does not have setuptools."""
    action.source("", "")

    said = refused(action, "build_requires")
    assert "the backend setuptools.build_meta:__legacy__ can't be imported: " in said


def test_the_hook_runs_in_the_closed_world(action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_X", "canary")
    action.source(
        answering(REQUIRES, "import sys", "return [os.getcwd(), sys.prefix, *map('='.join, os.environ.items())]")
    )
    folder, prefix, *variables = requires(action, "--jobs=3")

    assert Path(folder).resolve() == (action.root / "src" / "demo-1.0").resolve()
    assert prefix == str(action.root / "env")
    assert {"MAX_JOBS=3", "__version__=1.0", "TZ=UTC", f"HOME={action.root / 'home'}"} <= set(variables)
    assert f"PATH={action.root / 'env/bin'}:{action.root / 'bin'}" in variables
    assert not [text for text in variables if "canary" in text]
    assert (action.root / "bin" / "sh").readlink() == Path("/bin/sh").resolve()


def test_variables_come_from_toolchains_first_and_settings_last(action: Action) -> None:
    action.source(answering(REQUIRES, "return [os.environ[name] for name in ('A', 'B', 'EQUALS')]"))
    a, b, equals = requires(action, "--env=B=${A} ${MAX_JOBS}", "--env=EQUALS=a=b", "--toolchain-env=A=tool")

    assert (a, b, equals) == ("tool", f"tool {DEFAULT_JOBS}", "a=b")


@pytest.mark.parametrize(("options", "found"), [((), "None"), (("--debug-information",), "1")])
def test_debug_information_is_passed_to_the_build(action: Action, options: tuple[str, ...], found: str) -> None:
    action.source(answering(REQUIRES, "return [str(os.environ.get('FROMAGER_DEBUG_INFORMATION'))]"))

    assert requires(action, *options) == [found]


def test_a_template_with_an_unknown_variable_is_refused(action: Action) -> None:
    assert "demo 1.0 could not report build requirements: setting env.X = '${NONE}' needs ${NONE}" in refused(
        action, "build_requires", "--env=X=${NONE}"
    )


def test_settings_that_are_given_twice_are_a_list(action: Action) -> None:
    action.source(answering(REQUIRES, "return [str(args[0])]"))

    assert requires(action, "--config-setting=a=1", "--config-setting=b=x=y", "--config-setting=a=2") == [
        "{'a': ['1', '2'], 'b': 'x=y'}"
    ]


def test_tools_are_installed_into_the_environment(action: Action, tmp_path: Path) -> None:
    write_wheel(
        tmp_path / "wheel" / "demo-1.0-py3-none-any.whl", {**files_of(), "demo/__init__.py": "needs = ['tool']"}
    )
    install_wheel(["--wheel", str(tmp_path / "wheel"), "--out", str(tmp_path / "tool.tar")])
    action.source(answering(REQUIRES, "import demo", "return demo.needs"))

    assert requires(action, f"--tool={tmp_path / 'tool.tar'}") == ["tool"]


def test_the_project_may_be_in_a_folder_of_the_source(action: Action, tmp_path: Path) -> None:
    text = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    members = [member("demo-1.0/py/pyproject.toml", text.encode()), member("demo-1.0/py/backend.py", GOOD.encode())]
    (tmp_path / "demo-1.0.tar").write_bytes(plain_tar(*members))

    assert requires(action, f"--source={tmp_path / 'demo-1.0.tar'}", "--build-dir=py") == ["one", "two>=2"]


def test_the_order_of_files_can_be_reversed(monkeypatch: pytest.MonkeyPatch, in_memory: Path) -> None:
    action = Action(in_memory, monkeypatch)
    body = "import sys", "found = [os.listdir(path) for path in ('.', sys.prefix)]", "return found[0] + found[1]"
    action.source(answering(REQUIRES, *body))
    usual = requires(action)
    shutil.rmtree(action.root)
    changed = requires(action, "--reverse-order")

    assert len(usual) == 5
    assert (changed[:2], changed[2:]) == (usual[1::-1], usual[:1:-1])


def test_arguments_may_come_from_a_file(action: Action, tmp_path: Path) -> None:
    lines = action.arguments("--question=build_requires", f"--out={action.out}")
    (tmp_path / "arguments").write_text("\n".join(lines))
    main([f"@{tmp_path / 'arguments'}"])

    assert json.loads(action.out.read_text()) == ["one", "two>=2"]


@pytest.mark.parametrize("answer", ["None", "'setuptools'", "[1]", "['a', None]", "{'a': 1}", "'x' * 9999"])
def test_build_requirements_that_are_not_a_list_of_strings_are_refused(action: Action, answer: str) -> None:
    action.source(answering(REQUIRES, f"return {answer}"))
    said = refused(action, "build_requires")

    assert said.startswith("demo 1.0 could not report build requirements: backend returned ")
    assert "instead of a list of requirements" in said
    assert len(said) < 500 + len(str(action.log))


@pytest.mark.parametrize(
    "body",
    [
        "return 'nowhere'",
        "return 'a\\0b'",
        "os.mkdir(args[0] + '/empty'); return 'empty'",
        "return '../..'",
        "return 'FOLDER'",
        "os.symlink('FOLDER', args[0] + '/x'); return 'x'",
        "os.mkdir(args[0] + '/x'); os.symlink('FOLDER/METADATA', args[0] + '/x/METADATA'); return 'x'",
    ],
)
def test_metadata_outside_the_given_folder_is_refused(action: Action, body: str) -> None:
    """The folder above the world has a METADATA file."""
    action.source(answering(PREPARE, *body.replace("FOLDER", str(action.folder)).split("; ")))
    (action.folder / "METADATA").write_text("not the backend's")
    said = refused(action, "metadata")

    assert said.startswith("demo 1.0 could not report metadata: backend returned the folder ")
    assert "which does not contain METADATA" in said


@pytest.mark.parametrize("answer", ["None", "1", "['x']"])
def test_metadata_in_a_folder_without_a_name_is_refused(action: Action, answer: str) -> None:
    action.source(answering(PREPARE, f"return {answer}"))

    assert "demo 1.0 could not report metadata: " in refused(action, "metadata")


def test_an_error_names_the_package_its_reason_and_the_log(action: Action) -> None:
    action.source(answering(REQUIRES, "print('so far')", "raise ValueError('no such thing')"))
    said = refused(action, "build_requires")

    assert said.startswith(
        f"demo 1.0 could not report build requirements: {REQUIRES} of backend failed with exit code 1"
    )
    assert "  | ValueError: no such thing" in said
    assert said.endswith(f"The whole log: {action.log}")
    assert action.log.read_text().startswith("so far\n")
    assert "C compiler" not in said


def test_an_error_names_a_missing_compiler(action: Action) -> None:
    (action.tools / "cc").unlink()
    action.source("1/0")

    assert "No C compiler was found" in refused(action, "build_requires")


def test_a_hook_has_a_time_limit(action: Action) -> None:
    action.source(answering(REQUIRES, "import time", "time.sleep(60)"))

    assert "did not end in 0.5 s" in refused(action, "build_requires", "--timeout=0.5")


@pytest.mark.parametrize("data", [b"", b"not an archive", None])
def test_an_error_names_a_source_that_cannot_be_read(action: Action, data: bytes | None) -> None:
    path = action.folder / "demo-1.0.tar.gz"
    path.unlink() if data is None else path.write_bytes(data)
    said = refused(action, "build_requires")

    assert said.startswith("demo 1.0 could not report build requirements: ")
    assert "demo-1.0.tar.gz" in said


def test_a_source_with_a_path_outside_its_folder_is_refused(action: Action) -> None:
    (action.folder / "evil.tar").write_bytes(plain_tar(member("demo-1.0/../../../evil", b"x")))

    assert "evil.tar" in refused(action, "build_requires", f"--source={action.folder / 'evil.tar'}")
    assert not list(action.folder.parent.rglob("evil"))


@pytest.mark.parametrize("folder", ["..", "none", "backend.py"])
def test_an_invalid_build_dir_is_refused(action: Action, folder: str) -> None:
    assert "the setting build_dir" in refused(action, "build_requires", f"--build-dir={folder}")


def test_no_hook_is_called_if_the_network_is_open(action: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])

    assert "the network is open to this action (eth0)" in refused(action, "build_requires")
    assert not action.root.exists()


def test_no_hook_is_called_if_the_world_is_in_use(action: Action) -> None:
    requires(action)
    action.out.unlink()

    assert "is in use: this action shares /tmp with others" in refused(action, "build_requires")


def test_the_wheel_is_built_in_the_same_world(action: Action) -> None:
    """The wheel has Fromager's files of requirements, each once and sorted, and the build tag."""
    action.out.mkdir()
    asked = [f"--requirement=build-system={name}" for name in ("two", "one", "two")]
    build_wheel(action.arguments(f"--out={action.out}", "--install-requires=dep", "--build-tag=3", *asked))

    (wheel,) = action.out.iterdir()
    assert wheel.name == "demo-1.0-3-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as built:
        assert built.read("demo-1.0.dist-info/fromager-build-system-requirements.txt") == b"one\ntwo\n"
        assert built.read("demo-1.0.dist-info/fromager-build-backend-requirements.txt") == b""
        assert b"\nBuild: 3\n" in built.read("demo-1.0.dist-info/WHEEL")


def test_a_small_build_lowers_its_priority_and_a_question_does_not(
    action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowered: list[int] = []
    monkeypatch.setattr(os, "nice", lambda steps: lowered.append(steps) or sum(lowered))
    action.out.mkdir()
    build_wheel(action.arguments(f"--out={action.out}", "--install-requires=dep"))
    assert max(lowered) == steps(0)

    lowered.clear()
    shutil.rmtree(action.out)
    shutil.rmtree(action.root)
    requires(action)
    assert not any(lowered)


def test_a_build_lowers_its_priority_before_its_crates_are_laid_out(
    action: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There can be hundreds of crates; here the build fails when it looks for them."""
    lowered: list[int] = []
    monkeypatch.setattr(os, "nice", lambda steps: lowered.append(steps) or sum(lowered))
    action.out.mkdir()
    with pytest.raises(ActionError, match="Cargo"):
        build_wheel(action.arguments(f"--out={action.out}", "--cargo-root=."))
    assert lowered == [steps(0)]


def test_a_wheel_that_cannot_be_built_is_an_error(action: Action) -> None:
    action.source(without("build_wheel"))

    with pytest.raises(ActionError, match=r"demo 1\.0 could not be built: build_wheel of backend failed"):
        build_wheel(action.arguments(f"--out={action.out}"))


def test_crates_are_laid_out_if_a_root_is_given(action: Action) -> None:
    """The source has no Cargo.lock, so the action fails."""
    said = refused(action, "build_requires", "--cargo-root=.")

    assert said.startswith("demo 1.0 could not report build requirements: ")
    assert "Cargo" in said
