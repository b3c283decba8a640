"""The findings of a preflight about packages and collections, and its report."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from support.samples import make_graph

from fromager_gen.external import Dependency, Known, vocabulary
from fromager_gen.graph import Graph, Node
from fromager_gen.overrides import PackageSettings
from fromager_gen.plan import ALL_PACKAGES, Needs, PlanOptions
from fromager_gen.preflight import (
    GUESS,
    OPTIONAL,
    SURE,
    Available,
    Finding,
    Inspected,
    findings_json,
    findings_of_collection,
    findings_of_package,
    findings_table,
    wanted_dependencies,
)
from fromager_gen.source import Hint

XML, ZLIB = "dep:generic/libxml2", "dep:generic/zlib"
OPTIONS = PlanOptions("3.12")
FORTRAN = Hint("language", "fortran", "meson.build")


def node(name: str = "demo", version: str = "1.0") -> Node:
    return Node(f"{name}=={version}", name, version, "", False, ())


def inspected(
    *hints: Hint, declared: str = "", origin: str = "the origin", known: Known | None = None, **more: Any
) -> Inspected:
    dependencies = tuple(Dependency(*text.split("@")) for text in declared.split())
    needs = Needs(dependencies, {one.name: origin for one in dependencies}, known)
    fields = {"node": node(), "settings": PackageSettings(where="demo.yaml:1"), **more}
    return Inspected(needs=needs, hints=hints, **fields)


def findings(one: Inspected, has: Available | None = None) -> list[Finding]:
    return list(findings_of_package(one, vocabulary(), has or Available()))


def test_a_declared_dependency_is_there_or_missing() -> None:
    one = inspected(declared=f"{XML}@>=2.9 {ZLIB}")
    met, missing = findings(one, Available({f"{XML}@>=2.9": "", ZLIB: "pkg-config does not find zlib"}))

    assert met == Finding("demo 1.0", "external", f"{XML}@>=2.9", SURE, "", "the origin")
    assert missing == Finding("demo 1.0", "external", ZLIB, SURE, "pkg-config does not find zlib", "the origin")
    assert (met.is_missing, missing.is_missing) == (False, True)


@pytest.mark.parametrize("problem", ["", "pkg-config does not find libxml-2.0"])
def test_a_guessed_dependency_is_not_declared(problem: str) -> None:
    (found,) = findings(inspected(Hint("module", "libxml-2.0", "setup.py")), Available({XML: problem}))

    assert found == Finding(
        "demo 1.0", "external", XML, GUESS, problem or "it is not declared", "setup.py",
        f"fromager-gen external add demo {XML}",
    )  # fmt: skip
    assert not found.is_missing


@pytest.mark.parametrize(
    ("hint", "wanted"),
    [
        (Hint("module", "libxml-2.0", "f"), XML),
        (Hint("library", "xml2", "f"), XML),
        (Hint("program", "xml2-config", "f"), XML),
        (Hint("program", "swig", "f"), "dep:generic/swig"),
        (Hint("name", "OpenSSL", "f"), "dep:generic/openssl"),
        (Hint("name", "LibXml2", "f"), XML),
        (Hint("language", "fortran", "f"), "dep:virtual/compiler/fortran"),
        (Hint("library", "m", "f"), ""),
        (Hint("library", "pthread", "f"), ""),
        (Hint("library", "of-nobody", "f"), ""),
        (Hint("module", "xml2", "f"), ""),
        (Hint("language", "rust", "f"), ""),
        (Hint("name", "OfNobody", "f"), ""),
        (Hint("module", "libxml-2.0", "f", is_required=False), ""),
    ],
)
def test_hints_lead_to_dependencies(hint: Hint, wanted: str) -> None:
    assert [one.need for one in findings(inspected(hint))] == ([wanted] if wanted else [])


def test_a_dependency_is_guessed_once_and_not_if_it_is_declared() -> None:
    hints = (Hint("module", "libxml-2.0", "a"), Hint("library", "xml2", "b"))

    assert len(findings(inspected(*hints))) == 1
    assert [one.certainty for one in findings(inspected(*hints, declared=f"{XML}@>=2"))] == [SURE]


def test_nothing_is_guessed_of_a_package_that_is_known_or_has_settings() -> None:
    hint = Hint("module", "libxml-2.0", "setup.py")

    assert findings(inspected(hint, known=Known())) == []
    assert findings(inspected(hint, settings=PackageSettings(external=()))) == []


@pytest.mark.parametrize(
    ("program", "environment"), [("cmake", {"cmake"}), ("ninja", {"ninja"}), ("pkg-config", {"pkgconf"})]
)
def test_a_program_of_the_build_environment_is_not_missing(program: str, environment: set[str]) -> None:
    hint = Hint("program", program, "setup.py")

    assert findings(inspected(hint, environment=frozenset(environment))) == []
    assert len(findings(inspected(hint, environment=frozenset({"setuptools"})))) == 1


def test_declared_and_guessed_dependencies_are_looked_for() -> None:
    one = inspected(FORTRAN, Hint("library", "xml2", "f"), declared=f"{XML}@>=2 {ZLIB}")
    none = inspected(node=node("other"))

    assert wanted_dependencies([one, none], vocabulary()) == {
        "demo 1.0": [f"{XML}@>=2", ZLIB, "dep:virtual/compiler/fortran"]
    }


@pytest.mark.parametrize(
    ("wanted", "there", "need", "problem"),
    [
        ((), "1.80.0", "Rust", ""),
        ((), "", "Rust", "there is no Rust on the platform"),
        (("1.74",), "1.74.0", "Rust >= 1.74", ""),
        (("1.74",), "1.100.0", "Rust >= 1.74", ""),
        (("1.74",), "1.73.9", "Rust >= 1.74", "the platform has Rust 1.73.9"),
        (("1.9", "1.83.0", "1.74"), "1.83.0", "Rust >= 1.83.0", ""),
        (("1.9", "1.83.0", "1.74"), "1.80.0", "Rust >= 1.83.0", "the platform has Rust 1.80.0"),
        (("1.74",), "", "Rust >= 1.74", "there is no Rust on the platform"),
    ],
)
def test_rust_is_there_too_old_or_missing(wanted: tuple[str, ...], there: str, need: str, problem: str) -> None:
    hints = tuple(Hint("rust", version, f"{version}/Cargo.toml") for version in wanted)
    (found,) = findings(inspected(*hints, has_rust=True), Available(rust=there, where="the platform"))

    assert (found.kind, found.need, found.problem, found.certainty) == ("rust", need, problem, SURE)
    assert found.evidence == (f"{need.removeprefix('Rust >= ')}/Cargo.toml" if wanted else "build-system")


def test_declared_rust_without_a_manifest_is_missing() -> None:
    needs = Needs((), {"dep:virtual/compiler/rust": "the origin"}, None)
    (found,) = findings(Inspected(node(), PackageSettings(), needs), Available(rust="1.80"))

    assert found.is_missing and (found.kind, found.need) == ("rust", "Rust and its crates")
    assert "build_dir in the settings of demo" in found.advice


def test_a_missing_cargo_lock_is_said_and_is_no_problem() -> None:
    (_, found) = findings(inspected(has_rust=True, has_cargo_lock=False), Available(rust="1.80"))

    assert found.kind == "cargo-lock" and not found.is_missing and "Cargo.lock among the patches" in found.advice
    assert findings(inspected(has_cargo_lock=False)) == []


@pytest.mark.parametrize(
    ("backend", "environment", "problem"),
    [
        ("hatchling.build", {"hatchling"}, ""),
        ("hatchling.build", set(), "hatchling is not among the build requirements"),
        ("mesonpy", {"ninja"}, "meson-python is not among the build requirements"),
        ("setuptools.build_meta:__legacy__", set(), "setuptools is not among the build requirements"),
        ("backend_of_the_source", set(), ""),
        ("", set(), ""),
    ],
)
def test_the_backend_must_be_among_the_build_requirements(backend: str, environment: set[str], problem: str) -> None:
    found = findings(inspected(backend=backend, environment=frozenset(environment)))

    assert [one.problem for one in found] == ([problem] if problem else [])
    assert all(one.is_missing and one.kind == "backend" and one.need == backend for one in found)


def test_a_backend_builds_itself() -> None:
    assert findings(inspected(backend="hatchling.ouroboros", node=node("hatchling"))) == []


@pytest.mark.parametrize(("has", "problem"), [(True, ""), (False, "there is no accelerator on this machine")])
def test_a_variant_needs_an_accelerator(has: bool, problem: str) -> None:
    settings = PackageSettings(where="demo.yaml:1", names_variant=True)
    (found,) = findings(inspected(settings=settings), Available(has_accelerator=has))

    assert (found.kind, found.problem, found.evidence) == ("accelerator", problem, "demo.yaml:1")


@pytest.mark.parametrize(
    "hint", [Hint("accelerator", "cuda", "setup.py", is_required=False), Hint("language", "cuda", "CMakeLists.txt")]
)
def test_a_source_with_cuda_may_use_an_accelerator(hint: Hint) -> None:
    (found,) = findings(inspected(hint, hint))

    assert (found.kind, found.certainty, found.problem, found.evidence) == ("accelerator", GUESS, "", hint.where)


def collection(graph: Graph, *members: Inspected, has: Available | None = None) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in findings_of_collection(graph, members, OPTIONS, has or Available()):
        found.setdefault(one.kind, []).append(one)
    return found


def test_a_dependency_that_a_build_can_use_and_nothing_declares_is_optional() -> None:
    optional = (XML, ZLIB, "dep:generic/make", "dep:generic/ninja")
    known = Known(optional=optional, source="a page", note="Without it, it is slow.")
    one = inspected(known=known, declared=ZLIB, environment=frozenset({"ninja"}))
    met, unused = findings(one, Available({XML: "pkg-config does not find it"}))

    assert met.need == ZLIB and wanted_dependencies([one], vocabulary()) == {"demo 1.0": [ZLIB, XML]}
    advice = f"demo 1.0: Without it, it is slow. To use optional dependencies: fromager-gen external add demo {XML}"
    assert unused == Finding("demo 1.0", "external", XML, OPTIONAL, "pkg-config does not find it", "a page", advice)
    assert not unused.is_missing


def test_the_advice_declares_the_optional_dependencies_that_are_there() -> None:
    one = inspected(known=Known(optional=(XML, ZLIB)))
    found = findings(one, Available({XML: "no module"}))

    assert {one.advice for one in found} == {
        f"demo 1.0: To use optional dependencies: fromager-gen external add demo {ZLIB}"
    }


def test_a_list_in_the_settings_decides_on_optional_dependencies() -> None:
    one = inspected(known=Known(optional=(XML,)), settings=PackageSettings(external=()))

    assert findings(one) == []


def test_dependencies_of_all_packages_are_listed_once() -> None:
    graph = make_graph({"": ["toplevel demo==1.0"], "demo==1.0": []})
    members = [inspected(declared=f"{XML} {ZLIB}", origin=ALL_PACKAGES), inspected(declared=XML, origin=ALL_PACKAGES)]
    found = collection(graph, *members, has=Available({ZLIB: "pkg-config does not find zlib"}))["external"]

    assert found == [
        Finding("", "external", XML, SURE, "", ALL_PACKAGES),
        Finding("", "external", ZLIB, SURE, "pkg-config does not find zlib", ALL_PACKAGES),
    ]
    assert findings(members[0]) == []


def test_a_cycle_of_build_requirements_is_missing() -> None:
    graph = make_graph({"": ["toplevel a==1"], "a==1": ["build-system b==1"], "b==1": ["build-system a==1"]})
    (found,) = collection(graph)["cycle"]

    assert found.is_missing and "a" in found.problem and found.package == ""
    assert not collection(make_graph({"": ["toplevel a==1"], "a==1": []}))


def test_published_wheels_are_listed() -> None:
    graph = make_graph({"": ["toplevel a==1", "toplevel b==1"], "a==1": [], "b==1": []}, a={"pre_built": True})
    (found,) = collection(graph)["wheel-only"]

    assert (found.package, found.problem) == ("a 1", "")


@pytest.mark.parametrize("name", ["cmake", "ninja"])
def test_a_build_tool_from_its_source_takes_long(name: str) -> None:
    nodes = {"": ["toplevel demo==1.0"], "demo==1.0": [f"build-system {name}==3"], f"{name}==3": []}
    (found,) = collection(make_graph(nodes), inspected(environment=frozenset({name})))["build-tool"]

    assert found.package == f"{name} 3" and found.need == f"{name} from its source, for demo 1.0"
    assert f"dep:generic/{name} in fromager-gen.yaml" in found.advice and not found.is_missing
    assert "build-tool" not in collection(make_graph(nodes, **{name: {"pre_built": True}}), inspected())


def test_sizes_are_counted_with_the_largest_source() -> None:
    graph = make_graph({"": ["toplevel a==1"], "a==1": []})
    small = [inspected(size=10), inspected(size=1000, node=node("other"))]
    long = inspected(size=10 << 20, node=node("large"))
    exclusive = inspected(settings=PackageSettings(exclusive_build=True))
    found = {one.need: one.evidence for one in collection(graph, *small, long, exclusive)["size"]}
    texts = sorted(found)

    assert [text.partition(":")[0] for text in texts] == [
        "1 build of size exclusive", "1 build of size long", "2 builds of size small",
    ]  # fmt: skip
    assert "the whole machine for each" in texts[0] and "up to 120 MB of disk" in texts[1]
    assert found[texts[2]] == "the largest source is that of other 1.0"


REPORTED = [
    Finding("a 1", "external", XML, SURE, "", "the list"),
    Finding("b 2", "external", ZLIB, SURE, "no module;\n  no header", "the list"),
    Finding("b 2", "external", "dep:generic/xz", GUESS, "it is not declared", "setup.py", "add it"),
    Finding("", "size", "1 build", GUESS, "", "the largest"),
    Finding("c 3", "external", "dep:generic/xz", GUESS, "it is not declared", "setup.py", "add it"),
    Finding("d 4", "external", ZLIB, OPTIONAL, "no module", "a page", "add it"),
]


def test_the_table_has_a_state_for_each_finding() -> None:
    lines = findings_table(REPORTED, ["apt-get install zlib1g-dev"]).splitlines()

    assert [line.split()[:1] for line in lines[:7]] == [
        ["PACKAGE"],
        *map(str.split, ("a", "b", "b", "(all)", "c", "d")),
    ]
    start = lines[0].index("STATE")
    assert [line[start:].split("  ")[0] for line in lines[1:7]] == [
        "ok",
        "missing",
        "maybe missing",
        "ok",
        "maybe missing",
        "optional",
    ]
    assert lines[2].endswith("  no module; no header; the list")
    assert lines[7:] == [
        "",
        "Advice:",
        "  add it",
        "",
        "Missing dependencies come with:",
        "  apt-get install zlib1g-dev",
    ]


def test_a_table_without_problems_has_no_advice() -> None:
    assert len(findings_table(REPORTED[:1], []).splitlines()) == 2
    assert findings_table([], []) == "PACKAGE  KIND  NEED  STATE  WHY\n"


def test_the_json_says_what_is_missing() -> None:
    found = json.loads(findings_json(REPORTED, ["apt-get install x"]))

    assert (found["ok"], found["install"]) == (False, ["apt-get install x"])
    assert [row["missing"] for row in found["findings"]] == [False, True, False, False, False, False]
    assert found["findings"][1]["need"] == ZLIB and found["findings"][2]["certainty"] == GUESS
    assert json.loads(findings_json(REPORTED[2:], []))["ok"] is True
