"""The external needs of packages: which declaration applies, contradictions, and the fields of a plan."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from support.samples import make_graph

from fromager_gen.errors import InputError
from fromager_gen.external import Dependency
from fromager_gen.graph import Graph, Node
from fromager_gen.overrides import GRAFT, LEAVE, OverridePaths, Overrides, PackageSettings, read_overrides
from fromager_gen.plan.external import ALL_PACKAGES, fields_of_needs, needs_of, problems_of_needs

XML, XSLT, ZLIB, CMAKE = "dep:generic/libxml2", "dep:generic/libxslt", "dep:generic/zlib", "dep:generic/cmake"
LXML = [XML, XSLT, ZLIB]


def node(name: str = "lxml", *requires: str, version: str = "6.0") -> Node:
    """Return a package version with build requirements."""
    key = f"{name}=={version}"
    nodes = {"": [f"toplevel {key}"], key: [f"build-system {one}==1" for one in requires]}
    return make_graph({**nodes, **{f"{one}==1": [] for one in requires}}).nodes[key]


def overrides(name: str = "lxml", of_all: Iterable[str] = (), libraries: str = "", **more: object) -> Overrides:
    settings = PackageSettings(where="lxml.yaml:1", **more)  # type: ignore[arg-type] # fields of any type
    return Overrides(packages={name: settings}, external=tuple(map(Dependency, of_all)), external_libraries=libraries)


def declared(one: Node, settings: Overrides, *of_source: str) -> list[str]:
    return list(map(str, needs_of(one, settings, of_source).declared))


def test_what_is_known_of_a_package_is_declared() -> None:
    needs = needs_of(node(), overrides())

    assert list(map(str, needs.declared)) == LXML
    assert needs.known is not None and set(needs.origins.values()) == {needs.known.source}
    assert declared(node("unknown-package"), overrides()) == []
    assert needs_of(node("unknown-package"), overrides()).known is None


def test_what_is_known_depends_on_the_version() -> None:
    assert "dep:generic/openssl" in declared(node("cryptography", version="45.0"), Overrides())
    assert "dep:generic/pkg-config" in declared(node("cryptography", version="45.0"), Overrides())
    assert declared(node("cryptography", version="3.3"), Overrides()) == ["dep:generic/openssl"]


def test_optional_needs_are_not_declared() -> None:
    assert declared(node("cffi", version="1.17"), Overrides()) == ["dep:generic/libffi"]


def test_settings_replace_what_is_known_and_what_the_source_states() -> None:
    settings = overrides(external=(Dependency(ZLIB, ">=1.2"),), of_all=[CMAKE])
    needs = needs_of(node(), settings, (CMAKE,))

    assert list(map(str, needs.declared)) == [CMAKE, f"{ZLIB}@>=1.2"]
    assert needs.origins == {ZLIB: "lxml.yaml:1: external", CMAKE: ALL_PACKAGES}
    assert needs.known is not None


def test_an_empty_list_removes_what_is_known_and_what_the_source_states() -> None:
    settings = overrides(external=(), of_all=[CMAKE], requires_external=("ffmpeg", f"{ZLIB}@>=1.2"))

    assert declared(node(), settings, XSLT) == [CMAKE, f"{ZLIB}@>=1.2"]


def test_what_the_source_states_is_added_to_what_is_known() -> None:
    needs = needs_of(node(), overrides(), (f"{XML}@>=2.10", f"{ZLIB}; sys_platform == 'linux'"))

    assert list(map(str, needs.declared)) == [f"{XML}@>=2.10", XSLT, ZLIB]
    source = "the source's [external] table"
    assert needs.known is not None
    assert needs.origins == {XML: source, ZLIB: source, XSLT: needs.known.source}


def test_names_of_a_source_that_nobody_knows_and_compilers_are_left_out(logged: list[str]) -> None:
    of_source = ("dep:generic/no-such-thing", "pkg:generic/x", "dep:virtual/compiler/c", ZLIB, f"{XML}; os_name == 'x'")

    assert declared(node("other"), Overrides(), *of_source) == [ZLIB]
    assert [row for row in logged if "dep:generic/no-such-thing" in row and row.startswith("DEBUG")]


@pytest.mark.parametrize(
    ("requires", "is_added"),
    [
        ((), True),
        (("setuptools",), True),
        (("hatchling",), False),
        (("flit-core",), False),
        (("poetry-core", "pdm-backend"), False),
        (("hatchling", "cython"), True),
        (("uv-build",), False),
    ],
)
def test_packages_that_may_compile_get_the_dependencies_of_all(requires: tuple[str, ...], is_added: bool) -> None:
    wanted = [CMAKE, *LXML] if is_added else LXML

    assert declared(node("lxml", *requires), overrides(of_all=[CMAKE])) == sorted(wanted)


@pytest.mark.parametrize("requires", ["setuptools", "hatchling"])
def test_requires_external_is_always_added(requires: str) -> None:
    settings = overrides(requires_external=("ffmpeg (>= 4)", f"{ZLIB}@>=1.2", f"{CMAKE}; os_name == 'x'"))

    assert declared(node("lxml", requires), settings) == [XML, XSLT, f"{ZLIB}@>=1.2"]


def test_a_faulty_dependency_of_requires_external_names_the_settings() -> None:
    with pytest.raises(InputError, match=r"^lxml\.yaml:1: requires_external: .*'dep:generic/libxml' is not known"):
        needs_of(node(), overrides(requires_external=("dep:generic/libxml",)))


def test_names_of_the_user_are_known_in_requires_external(tmp_path: Path) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "fromager-gen.yaml").write_text("external_dependencies: {dep:generic/my: {programs: [my]}}\n")
    (tmp_path / "settings/demo.yaml").write_text("project_override: {requires_external: [dep:generic/my]}\n")
    paths = OverridePaths(tmp_path / "settings.yaml", tmp_path / "settings", tmp_path / "patches")

    assert declared(node("demo"), read_overrides(paths), "dep:generic/my") == ["dep:generic/my"]


def graph(**more: dict[str, object]) -> Graph:
    return make_graph({"": ["toplevel a==1", "toplevel b==2"], "a==1": [], "b==2": []}, **more)


def of_two(one: str, other: str) -> Overrides:
    """Return settings of two packages that state `requires_external`."""
    return Overrides(
        packages={
            name: PackageSettings(where=f"{name}.yaml:1", requires_external=tuple(texts.split()))
            for name, texts in (("a", one), ("b", other))
        }
    )


def test_versions_that_exclude_each_other_are_a_problem() -> None:
    settings = of_two(f"{XML}@>=3", f"{XML}@<3")

    assert problems_of_needs(graph(), settings) == [f"{XML}: a 1 needs >=3, but b 2 needs <3"]
    assert problems_of_needs(graph(b={"pre_built": True}), settings) == []
    assert problems_of_needs(graph(), of_two(f"{XML}@>=3", f"{XML}@<4")) == []


def test_dependencies_of_one_package_that_exclude_each_other_are_a_problem() -> None:
    both = "dep:generic/mysql dep:generic/mariadb-connector-c"
    (problem,) = problems_of_needs(graph(), of_two(both, ""))

    assert problem.startswith("a 1: dep:generic/mariadb-connector-c and dep:generic/mysql can't be used in the same")
    assert problems_of_needs(graph(), of_two(*both.split())) == []


def test_every_faulty_setting_is_a_problem() -> None:
    problems = problems_of_needs(graph(), of_two("dep:generic/libxml", "dep:x"))

    assert [problem.partition(": ")[0] for problem in problems] == ["a.yaml:1", "b.yaml:1"]


@pytest.mark.parametrize(
    ("of_package", "of_all", "is_for_platform", "grafts"),
    [
        ("", "", False, False),
        ("", "", True, True),
        ("", LEAVE, True, False),
        ("", GRAFT, False, True),
        (LEAVE, GRAFT, True, False),
        (GRAFT, LEAVE, False, True),
    ],
)
def test_libraries_are_grafted_or_left(of_package: str, of_all: str, is_for_platform: bool, grafts: bool) -> None:
    settings = overrides(libraries=of_all, external_libraries=of_package, requires_external=("ffmpeg", XML))
    fields = fields_of_needs(node(), settings, is_for_platform, ())

    assert fields["external"] == (XML, XSLT, ZLIB)
    assert fields["grafts"] is grafts
    assert fields["requires_external"] == (("ffmpeg", XML) if grafts else ("ffmpeg", XML, XSLT, ZLIB))


def test_the_source_and_the_variables_of_settings_come_into_the_plan() -> None:
    settings = overrides("other", env=(("A", "b"),), config_settings={"x": ["1", "2"]})
    fields = fields_of_needs(node("other"), settings, False, (f"{ZLIB}@>=1.2",))

    assert fields == {
        "external": (f"{ZLIB}@>=1.2",),
        "grafts": False,
        "env": (("A", "b"),),
        "config_settings": {"x": ("1", "2")},
        "requires_external": (f"{ZLIB}@>=1.2",),
    }


def test_the_library_of_fortran_is_left_but_no_program() -> None:
    fortran = "dep:virtual/compiler/fortran"
    fields = fields_of_needs(node("other"), overrides("other"), False, (fortran, CMAKE))

    assert fields["external"] == (CMAKE, fortran) and fields["requires_external"] == (fortran,)


def test_known_settings_of_a_backend_give_way_to_those_of_the_user() -> None:
    pillow = node("pillow", version="11.0")
    known = {"platform-guessing": ("disable",)}

    assert fields_of_needs(pillow, overrides("pillow"), False, ())["config_settings"] == known
    stated = overrides("pillow", config_settings={"platform-guessing": ["enable"], "x": ["y"]})
    assert fields_of_needs(pillow, stated, False, ())["config_settings"] == {
        "platform-guessing": ("enable",),
        "x": ("y",),
    }
    own = overrides("pillow", external=(Dependency(ZLIB),))
    assert fields_of_needs(pillow, own, False, ())["config_settings"] == known


def test_rust_is_known_but_not_searched() -> None:
    rust = needs_of(node("other"), Overrides(), ("dep:virtual/compiler/rust",))

    assert rust.is_rust and rust.declared == ()
    assert not needs_of(node(), Overrides()).is_rust


def test_a_package_without_needs_has_no_fields() -> None:
    assert fields_of_needs(node("other"), overrides("other", env=(("A", "b"),)), True, ()) == {}
