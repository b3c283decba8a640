"""Settings of external dependencies in our files, for all packages, one package and some of its versions."""

from pathlib import Path

import pytest
from support.samples import make_graph

from fromager_gen.errors import InputError, SettingsError
from fromager_gen.external import Dependency
from fromager_gen.overrides import GRAFT, LEAVE, OverridePaths, Overrides, lint, read_overrides
from fromager_gen.plan.external import needs_of

XML, ZLIB = "dep:generic/libxml2", "dep:generic/zlib"
OWN = "external_dependencies:\n  dep:generic/mylib: {pkg_config: [mylib]}\n"


def paths(folder: Path, **texts: str) -> OverridePaths:
    """Write files: ``all`` for all packages, ``ours`` for lxml, and ``theirs`` for lxml in Fromager's form."""
    places = {"all": "fromager-gen.yaml", "ours": "fromager-gen/lxml.yaml", "theirs": "settings/lxml.yaml"}
    for name, text in texts.items():
        path = folder / places[name]
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return OverridePaths(folder / "settings.yaml", folder / "settings", folder / "patches", "cpu")


def read(folder: Path, **texts: str) -> Overrides:
    return read_overrides(paths(folder, **texts))


def refused(folder: Path, **texts: str) -> str:
    """Return the error of files, which is also that of the command `lint`."""
    with pytest.raises(SettingsError) as caught:
        read(folder, **texts)
    assert str(caught.value) in lint(paths(folder))
    return str(caught.value).removeprefix(f"{folder}/")


def test_without_our_files_nothing_is_declared(tmp_path: Path) -> None:
    overrides = read(tmp_path)

    assert (overrides.external, overrides.external_libraries, overrides.own_external) == ((), "", {})
    assert (overrides.settings("lxml").external, overrides.settings("lxml").external_libraries) == (None, "")


def test_dependencies_of_all_packages_and_of_one_are_read(tmp_path: Path) -> None:
    overrides = read(
        tmp_path,
        all=f"external: [dep:generic/cmake, '{ZLIB}@>=1.2']\nexternal_libraries: graft\n",
        ours=f"external:\n  - {XML}\n  - {ZLIB}; sys_platform == 'win32'\nexternal_libraries: leave\n",
    )

    assert overrides.external == (Dependency("dep:generic/cmake"), Dependency(ZLIB, ">=1.2"))
    assert overrides.external_libraries == GRAFT
    assert overrides.settings("lxml").external == (Dependency(XML),)
    assert overrides.settings("lxml").external_libraries == LEAVE
    assert overrides.settings("other").external is None


def test_an_empty_list_is_not_a_missing_one(tmp_path: Path) -> None:
    assert read(tmp_path, ours="external: []\n").settings("lxml").external == ()
    assert read(tmp_path, ours="external:\n").settings("lxml").external is None


def test_versions_can_have_other_dependencies(tmp_path: Path) -> None:
    ours = (
        f"external: [{XML}]\nversions:\n"
        f"  '>=5': {{external: [{ZLIB}], external_libraries: graft}}\n  '>=6': {{external: []}}\n"
    )
    overrides = read(tmp_path, theirs="env: {A: b}\n", ours=ours)
    found = {version: overrides.settings("lxml", version) for version in ("4", "5", "6")}

    assert found["4"].external == (Dependency(XML),) and found["4"].external_libraries == ""
    assert found["5"].external == (Dependency(ZLIB),) and found["5"].external_libraries == GRAFT
    assert found["6"].external == () and found["6"].external_libraries == GRAFT
    assert all(one.env == (("A", "b"),) for one in found.values())


def test_names_of_the_user_can_be_used_in_all_files(tmp_path: Path) -> None:
    overrides = read(tmp_path, all=f"{OWN}external: [dep:generic/mylib]\n", ours="external: [dep:generic/mylib@>=2]\n")

    assert overrides.external == (Dependency("dep:generic/mylib"),)
    assert overrides.settings("lxml").external == (Dependency("dep:generic/mylib", ">=2"),)
    assert overrides.own_external == {"dep:generic/mylib": {"pkg_config": ["mylib"]}}
    assert overrides.vocabulary.entries[XML] == read(tmp_path).vocabulary.entries[XML]


def test_a_known_name_can_have_another_meaning(tmp_path: Path) -> None:
    overrides = read(tmp_path, all=f"external_dependencies:\n  {XML}:\n    libraries: [my-xml]\n")

    assert overrides.vocabulary.entries[XML] == {"libraries": ["my-xml"]}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("external:\n  - dep:generic/libxml\n", ":2: the external dependency 'dep:generic/libxml' is not known; near"),
        (f"external:\n  - {ZLIB}\n  - dep:generic/libxml\n", f"near names: {XML}"),
        ("external:\n  - libxml2\n", ":2: 'libxml2' is not an external dependency; the form is dep:generic/NAME"),
        (f"external:\n  - {XML}@2.9\n", ":2: 'dep:generic/libxml2@2.9': '2.9' is not a version specifier"),
        (f"external:\n  - '{XML}; what'\n", f":2: '{XML}; what': "),
        (f"external: {XML}\n", f":1: expected a list, not '{XML}'"),
        ("external:\n  - 7\n", ":2: expected a string, not 7"),
        (f"external: {{{XML}: x}}\n", ":1: expected a list, not a mapping"),
        (
            "external:\n  - dep:generic/mysql\n  - dep:generic/mariadb-connector-c\n",
            "dep:generic/mariadb-connector-c and dep:generic/mysql can't be used in the same build; keep one",
        ),
        ("external_libraries: copy\n", ":1: expected graft or leave, not 'copy'"),
        ("external_libraries: [graft]\n", ":1: expected graft or leave, not "),
        ("external_libraries: true\n", ":1: expected graft or leave, not 'True'"),
    ],
)
def test_a_faulty_declaration_is_an_error_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "a").mkdir()
    of_all, of_package = refused(tmp_path / "a", all=text), refused(tmp_path, ours=text)

    assert of_all.startswith("fromager-gen.yaml:") and says in of_all
    assert of_package.startswith("fromager-gen/lxml.yaml:") and says in of_package


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "    external:\n      - dep:generic/libxml\n",
            ":4: the external dependency 'dep:generic/libxml' is not known",
        ),
        ("    external: x\n", ":3: expected a list, not 'x'"),
        ("    external_libraries: x\n", ":3: expected graft or leave, not 'x'"),
        ("    external_dependencies: {}\n", ":3: unknown key 'external_dependencies'"),
    ],
)
def test_a_faulty_declaration_of_versions_is_an_error_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    assert says in refused(tmp_path, ours=f"versions:\n  '>=5':\n{text}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("  mylib: {programs: [x]}\n", ":2: 'mylib' is not a name such as dep:generic/libxml2"),
        ("  dep:generic/My: {programs: [x]}\n", ":2: 'dep:generic/My' is not a name"),
        ("  dep:generic/my: {}\n", ":2: dep:generic/my: the definition states no way to find it"),
        ("  dep:generic/my:\n    module: [x]\n", "dep:generic/my: the definition has the unknown key 'module'"),
        ("  dep:generic/my: {programs: [../x]}\n", ":2: dep:generic/my: '../x' in programs is not valid"),
        ("  dep:generic/my: {programs: [1]}\n", ":2: dep:generic/my: '1' in programs is not valid"),
        ("  dep:generic/my: {programs: {a: b}}\n", "in programs is not valid"),
        ("  dep:generic/my: {programs: [x], packages: {yum: [x]}}\n", ":2: dep:generic/my: 'yum' is not one of the"),
    ],
)
def test_a_faulty_definition_is_an_error_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    found = refused(tmp_path, all=f"external_dependencies:\n{text}")

    assert found.startswith("fromager-gen.yaml:") and says in found


@pytest.mark.parametrize(
    "text",
    [
        "external_dependencies: [dep:generic/my]\n",
        "external_dependencies:\n  dep:generic/my: [x]\n",
        "external_dependencies:\n  dep:generic/my: text\n",
        "external_dependencies:\n  dep:generic/my:\n",
        "external_dependencies:\n  dep:generic/my: {programs: [x], packages: [apt-get]}\n",
        "external_dependencies:\n  dep:generic/my: {programs: [x], packages: }\n",
        "external_dependencies:\n  dep:generic/my: {programs: tool}\n",
    ],
)
def test_a_definition_of_another_type_is_an_error_with_its_line(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, all=text).startswith("fromager-gen.yaml:")


@pytest.mark.parametrize("place", ["external_dependencies: {}\n", "externals: []\n"])
def test_names_of_the_user_are_defined_for_all_packages_only(tmp_path: Path, place: str) -> None:
    assert "unknown key 'external" in refused(tmp_path, ours=place)


def test_a_faulty_name_in_requires_external_is_an_error_of_fromagers_file(tmp_path: Path) -> None:
    overrides = read(tmp_path, theirs="project_override:\n  requires_external: ['ffmpeg', 'dep:generic/libxml']\n")
    node = make_graph({"": ["toplevel lxml==5.0"], "lxml==5.0": []}).nodes["lxml==5.0"]

    with pytest.raises(InputError, match=r"requires_external: the external dependency 'dep:generic/libxml' is not"):
        needs_of(node, overrides)
    with pytest.raises(InputError, match=r"settings/lxml\.yaml"):
        needs_of(node, overrides)
