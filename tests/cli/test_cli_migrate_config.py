"""``migrate-config``: what becomes of the old configuration, and what is rejected."""

from pathlib import Path

import pytest
from support.command import error, run, usage_error

from fromager_gen.errors import SettingsError, WriteError
from fromager_gen.overrides import OverridePaths, read_settings

SETTINGS = """\
pre_built:
  gaudi: [torch, Flash.Attn]
  cpu:
packages:
  Torch:
    download_source:
      url: "https://index.test/v${version}.tar.gz"
    resolver_dist:
      include_sdists: true
      include_wheels: true
    changelog:
      1.10: [one]
  empty:
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("settings.yaml").write_text(SETTINGS)
    write("torch.env", "# all\nUSE_A=0\n\n B = 'x y' \nEMPTY=\nQUOTE=\"\nC=a=b\n")
    write("cpu/torch.env", "USE_A=1\n")
    write("rocm/Only-Env.env", 'FLAGS="${FLAGS:-} -O2"\n')


def write(name: str, text: str) -> None:
    path = Path("envs", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def arguments(output: str = "new", settings: str = "settings.yaml") -> list[str]:
    return ["migrate-config", "--envs-dir", "envs", "--settings-file", settings, "--output-dir", output]


def test_one_file_is_written_for_each_package() -> None:
    result = run(*arguments())

    assert result.exception is None
    assert "new: settings of 4 packages. Remove the keys `packages` and `pre_built` from settings.yaml" in result.stderr
    assert sorted(path.name for path in Path("new").iterdir()) == [
        "empty.yaml", "flash_attn.yaml", "only_env.yaml", "torch.yaml",
    ]  # fmt: skip
    assert (
        Path("new/torch.yaml").read_text()
        == """\
changelog:
  '1.10':
  - one
download_source:
  url: https://index.test/v${version}.tar.gz
env:
  B: x y
  C: a=b
  EMPTY: ''
  QUOTE: '"'
  USE_A: '0'
resolver_dist:
  include_wheels: true
variants:
  cpu:
    env:
      USE_A: '1'
  gaudi:
    pre_built: true
"""
    )
    assert Path("new/flash_attn.yaml").read_text() == "variants:\n  gaudi:\n    pre_built: true\n"
    assert Path("new/empty.yaml").read_text() == "{}\n"


def test_the_new_settings_are_read() -> None:
    run(*arguments())
    found = read_settings(OverridePaths(settings_dir=Path("new"), variant="gaudi"))

    assert [name for name, own in found.items() if own.pre_built] == ["flash-attn", "torch"]
    assert ("USE_A", "0") in found["torch"].env


def test_without_variables_only_a_warning_is_printed() -> None:
    result = run("migrate-config", "--envs-dir", "none", "--settings-file", "settings.yaml", "--output-dir", "new")

    assert result.exception is None
    assert "--envs-dir none is not a folder and is ignored" in result.stderr


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("packages: [a]\n", "settings.yaml:1: expected a mapping"),
        ("packages:\n  a: 3\n", "settings.yaml:2: expected a mapping"),
        ("packages:\n  a: {b: 3}\n", "the new a.yaml:1: unknown key 'b'"),
        ("packages:\n  a: {variants: 3}\n", "settings.yaml:2: expected a mapping"),
        ("packages:\n  torch: {variants: {cpu: 3}}\n", "settings.yaml:2: expected a mapping"),
        ("packages:\n  torch: {variants: {cpu: {env: [1]}}}\n", "settings.yaml:2: expected a mapping"),
        ("packages:\n  torch: {env: 3}\n", "settings.yaml:2: expected a mapping"),
        ("packages:\n  ../a: {}\n", "settings.yaml:2: '../a' is not a valid package name"),
        ("pre_built:\n  cpu: torch\n", "settings.yaml:2: expected a list of names"),
        ("pre_built:\n  cpu: [1]\n", "settings.yaml:2: expected a list of names"),
        ("packages:\n  a: {build_dir: /x}\n", "build_dir '/x' is outside the source"),
        ("[", "settings.yaml:1: the settings can't be read"),
        ("- a\n", "settings must be a mapping"),
    ],
)
def test_invalid_settings_are_an_error_and_nothing_is_written(settings: str, says: str) -> None:
    Path("settings.yaml").write_text(settings)
    found = error(*arguments())

    assert isinstance(found, SettingsError)
    assert says in str(found)
    assert not Path("new").exists()


def test_invalid_lines_of_variables_are_reported_together() -> None:
    write("a.env", "ok=1\nexport X=1\nnothing\n2X=1\n")
    write("cpu/a.env", "X=$(id)\n")
    text = str(error(*arguments()))

    assert "envs/a.env:2: 'export X=1' is not a variable: NAME=VALUE" in text
    assert "envs/a.env:3: 'nothing' is not a variable" in text
    assert "the new a.yaml:" in text
    assert not Path("new").exists()


def test_missing_files_and_options() -> None:
    assert "none: the settings can't be read" in str(error(*arguments(settings="none")))
    assert isinstance(error(*arguments(output="settings.yaml/x")), WriteError)
    assert "Missing option '--envs-dir'" in usage_error("migrate-config")
