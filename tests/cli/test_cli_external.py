"""``external`` and ``preflight``: declarations are written, needs are reported, and bad input is one error."""

import json
from pathlib import Path

import pytest
from support.command import error, output, run, usage_error
from support.indexes import Index

from fromager_gen.errors import InputError, SettingsError, ToolError

NEEDY = """
from setuptools import Extension, setup
setup(name="needy", version="1.0", ext_modules=[Extension("needy", ["needy.c"], libraries=["xml2"])])
"""
OF_ALL = """
external_dependencies:
  dep:generic/nowhere: {pkg_config: [no-such-module-anywhere], packages: {apt-get: [libnowhere-dev]}}
"""
INFO = "Metadata-Version: 2.2\nName: {}\nVersion: 1.0\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def own(name: str, text: str) -> Path:
    path = Path("overrides", "fromager-gen", name) if name != "fromager-gen.yaml" else Path("overrides", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_declaration_is_written_beside_what_is_known() -> None:
    """The known needs of lxml are part of the list, since the list replaces them."""
    run("external", "add", "lxml", "dep:generic/zlib@>=1.2")

    assert Path("overrides/fromager-gen/lxml.yaml").read_text() == (
        "external:\n  - dep:generic/libxml2\n  - dep:generic/libxslt\n  - dep:generic/zlib@>=1.2\n"
    )


def test_other_lines_of_the_file_stay() -> None:
    path = own("my_package.yaml", "# ours\nexternal:\n  - dep:generic/zlib\n\nbuild_tag: '7'\n")
    run("external", "add", "My.Package", "dep:generic/libffi")

    assert path.read_text() == "# ours\nbuild_tag: '7'\nexternal:\n  - dep:generic/zlib\n  - dep:generic/libffi\n"


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (("a", "dep:generic/libxml"), InputError, "near names: dep:generic/libxml2"),
        (("a", "libxml2"), InputError, "the form is dep:generic/NAME"),
        (("../a", "dep:generic/zlib"), InputError, "not a valid"),
        (("a", "dep:generic/libjpeg", "dep:generic/libjpeg-turbo"), SettingsError, "can't be used in the same build"),
    ],
)
def test_a_bad_declaration_changes_nothing(arguments: tuple[str, ...], kind: type, message: str) -> None:
    raised = error("external", "add", *arguments)

    assert isinstance(raised, kind)
    assert message in str(raised)
    assert not list(Path().glob("overrides/fromager-gen/*"))


def test_known_names_are_listed_with_their_debian_packages() -> None:
    own("fromager-gen.yaml", OF_ALL)

    lines = output("external", "list").splitlines()
    assert "dep:generic/libxml2: libxml2-dev" in lines
    assert "dep:generic/nowhere: libnowhere-dev" in lines


def test_a_preflight_says_what_is_missing_what_is_there_and_what_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    own("fromager-gen.yaml", OF_ALL)
    own("sure.yaml", "external: [dep:generic/nowhere]\n")
    index = Index()
    try:
        index.add_sdist("sure", "1.0", {"PKG-INFO": INFO.format("sure"), "setup.py": ""})
        index.add_sdist("needy", "1.0", {"PKG-INFO": INFO.format("needy"), "setup.py": NEEDY})
        index.add_sdist("setuptools", "80.0", {"PKG-INFO": INFO.format("setuptools").replace("1.0", "80.0"), **IN_TREE})
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        result = run("preflight", "sure", "needy", "--format", "json")
    finally:
        index.close()

    assert isinstance(result.exception, ToolError)
    assert "1 need of sure 1.0 not met" in str(result.exception)
    found = json.loads(result.stdout)
    states = {(one["package"], one["need"]): (one["certainty"], one["missing"]) for one in found["findings"]}
    assert states["sure 1.0", "dep:generic/nowhere"] == ("sure", True)
    assert states["needy 1.0", "dep:generic/libxml2"] == ("guess", False)
    assert not found["ok"]
    assert any("libnowhere-dev" in line for line in found["install"])


def test_a_preflight_for_a_pinned_platform_says_how_to_pin(monkeypatch: pytest.MonkeyPatch) -> None:
    own("sure.yaml", "external: [dep:generic/libxml2]\n")
    index = Index()
    try:
        index.add_sdist("sure", "1.0", {"PKG-INFO": INFO.format("sure"), **IN_TREE})
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        options = ("--toolchains=hermetic", "--platform", "linux_x86_64_glibc_2_36")
        result = run("preflight", "sure", "--format", "json", *options)
    finally:
        index.close()

    (command,) = json.loads(result.stdout)["install"]
    assert command.startswith("fromager-gen external lock --output ") and command.endswith(" dep:generic/libxml2")


IN_TREE = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": "",
}


def test_a_preflight_of_nothing_is_a_usage_error() -> None:
    assert "name a graph.json, requirements, or files with -r" in usage_error("preflight")
