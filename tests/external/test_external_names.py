"""Names of external dependencies: their form, versions, markers, and contradictions."""

from typing import Any

import pytest

from fromager_gen.errors import InputError
from fromager_gen.external import (
    Dependency,
    build_dependencies,
    conflicts,
    conflicts_in,
    entry_of,
    read_dependency,
    vocabulary,
)

XML = "dep:generic/libxml2"


@pytest.mark.parametrize(
    ("text", "name", "specifier"),
    [
        (XML, XML, ""),
        (f"  {XML} ", XML, ""),
        (f"{XML}@>=2.9", XML, ">=2.9"),
        (f"{XML}@>= 2.9, < 3", XML, ">=2.9,<3"),
        (f"{XML}@==2.9.14; python_version >= '3'", XML, "==2.9.14"),
        (f"{XML}; python_version >= '3'", XML, ""),
        ("dep:virtual/compiler/c++", "dep:virtual/compiler/cxx", ""),
        ("dep:virtual/compiler/cpp@>=11", "dep:virtual/compiler/cxx", ">=11"),
        ("dep:generic/pkgconf", "dep:generic/pkg-config", ""),
        ("dep:virtual/interface/blas", "dep:virtual/interface/blas", ""),
    ],
)
def test_a_dependency_is_a_name_with_versions(text: str, name: str, specifier: str) -> None:
    assert read_dependency(text, vocabulary()) == Dependency(name, specifier)


def test_a_dependency_is_shown_as_it_is_written() -> None:
    assert str(Dependency(XML)) == XML
    assert str(Dependency(XML, ">=2.9,<3")) == f"{XML}@>=2.9,<3"


@pytest.mark.parametrize("marker", ["sys_platform == 'win32'", "python_version < '3'", "os_name == 'nt'"])
def test_a_marker_excludes_a_dependency(marker: str) -> None:
    assert read_dependency(f"{XML}@>=2; {marker}", vocabulary()) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("libxml2", "'libxml2' is not an external dependency; the form is dep:generic/NAME"),
        ("", "'' is not an external dependency"),
        ("dep:libxml2", "is not an external dependency"),
        ("dep:Generic/libxml2", "is not an external dependency"),
        ("dep:generic/LibXML2", "is not an external dependency"),
        (f"{XML} >=2", "is not an external dependency"),
        (f"{XML}@2.9", "'2.9' is not a version specifier, such as >=1.2,<2"),
        (f"{XML}@~=2.9", "'~=2.9' is not a version specifier"),
        (f"{XML}@>=2,", "'>=2,' is not a version specifier"),
        (f"{XML}@>=2\n,<3", "is not"),
        (f"{XML}@>=\n2", "is not"),
        (f"{XML}@>=x", "'>=x' is not a version specifier"),
        (f"{XML}; sys_platform", f"'{XML}; sys_platform': "),
        ("dep:generic/" + "x" * 300, "is not an external dependency"),
    ],
)
def test_another_form_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_dependency(text, vocabulary())

    assert says in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("dep:generic/libxml", XML),
        ("dep:generic/xml2", XML),
        ("dep:generic/openssl3", "dep:generic/openssl"),
        ("dep:generic/blas", "dep:virtual/interface/blas"),
        ("dep:virtual/compiler/fortan", "dep:virtual/compiler/fortran"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest_ones(name: str, near: str) -> None:
    with pytest.raises(InputError, match=f"'{name}' is not known; near names: ") as caught:
        read_dependency(name, vocabulary())

    assert near in str(caught.value).partition("near names: ")[2].split(", ")


def test_a_name_like_no_other_has_no_near_names() -> None:
    with pytest.raises(InputError, match=r"'dep:generic/qqqqqqqqqqqq' is not known$"):
        read_dependency("dep:generic/qqqqqqqqqqqq", vocabulary())


def test_an_unknown_name_is_an_error_even_if_a_marker_excludes_it() -> None:
    with pytest.raises(InputError, match="is not known"):
        read_dependency("dep:generic/libxml; sys_platform == 'win32'", vocabulary())


def test_dependencies_of_a_build_are_merged_and_sorted_without_compilers() -> None:
    found = [
        Dependency("dep:generic/zlib"),
        Dependency(XML, ">=2.9"),
        Dependency("dep:virtual/compiler/c"),
        Dependency("dep:virtual/compiler/cxx", ">=11"),
        Dependency("dep:virtual/compiler/rust"),
        Dependency("dep:generic/make"),
        Dependency(XML, "<3,>=2.9"),
        Dependency(XML),
        Dependency("dep:virtual/compiler/fortran"),
    ]

    assert build_dependencies(found) == (
        Dependency(XML, "<3,>=2.9"),
        Dependency("dep:generic/zlib"),
        Dependency("dep:virtual/compiler/fortran"),
    )
    assert build_dependencies([]) == ()


def test_two_dependencies_that_exclude_each_other_are_named_once() -> None:
    both = [Dependency("dep:generic/libjpeg-turbo"), Dependency(XML), Dependency("dep:generic/libjpeg")]

    assert list(conflicts_in(both, vocabulary())) == [
        "dep:generic/libjpeg and dep:generic/libjpeg-turbo can't be used in the same build; keep one"
    ]
    assert list(conflicts_in(both[:2], vocabulary())) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (">=3", "<3"),
        (">3", "<=3"),
        (">3", "==3"),
        ("==3", "<3"),
        ("==3", "==4"),
        (">=3.10", "<3.9"),
        (">=3.0.1", "<=3"),
        (">=2,>=4", "<3"),
        (">=3.0", "<3"),
    ],
)
def test_versions_that_exclude_each_other_are_named_with_their_packages(one: str, other: str) -> None:
    found = list(conflicts([("a 1", Dependency(XML, one)), ("b 2", Dependency(XML, other))]))
    swapped = list(conflicts([("b 2", Dependency(XML, other)), ("a 1", Dependency(XML, one))]))

    assert len(found) == 1 and found == swapped
    assert found[0].startswith(f"{XML}: ") and "a 1 needs " in found[0] and "b 2 needs " in found[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (">=3", "<=3"),
        (">=3", "==3"),
        (">=3.9", "<3.10"),
        ("==3", "==3.0"),
        ("", "<3"),
        ("!=3", ">=3"),
        (">=2,<4", ">=3"),
    ],
)
def test_versions_that_have_something_in_common_are_no_conflict(one: str, other: str) -> None:
    assert list(conflicts([("a 1", Dependency(XML, one)), ("b 2", Dependency(XML, other))])) == []


def test_versions_of_different_dependencies_are_not_compared() -> None:
    assert list(conflicts([("a 1", Dependency(XML, ">=3")), ("b 2", Dependency("dep:generic/zlib", "<3"))])) == []


def test_a_name_of_the_user_can_be_anything_that_is_a_name() -> None:
    entry = {"pkg_config": ["mylib"], "packages": {"dnf": ["mylib-devel"]}}

    assert entry_of("dep:generic/mylib", entry) == entry


@pytest.mark.parametrize(
    ("name", "entry", "says"),
    [
        ("mylib", {"programs": ["x"]}, "'mylib' is not a name such as dep:generic/libxml2"),
        ("dep:generic/mylib@>=1", {"programs": ["x"]}, "is not a name such as"),
        ("dep:generic/mylib; python_version > '3'", {"programs": ["x"]}, "is not a name such as"),
        ("dep:generic/mylib", {"module": ["x"]}, "dep:generic/mylib: the definition has the unknown key 'module'"),
        ("dep:generic/mylib", {"programs": ["../x"]}, "'../x' in programs is not valid"),
        ("dep:generic/mylib", {}, "dep:generic/mylib: the definition states no way to find it"),
    ],
)
def test_a_faulty_definition_of_the_user_is_refused(name: str, entry: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as caught:
        entry_of(name, entry)

    assert says in str(caught.value)
