"""Definitions of external dependencies: what is valid, and which versions meet a specifier."""

from typing import Any

import pytest

from actions.errors import ActionError
from actions.external.definition import definition, install_lines, is_specifier, satisfies, split_version

NAME = "dep:generic/demo"


def test_a_definition_has_what_its_entry_states() -> None:
    found = definition(
        NAME,
        {
            "config_programs": ["demo-config"],
            "conflicts": ["dep:generic/other"],
            "headers": ["demo/demo.h"],
            "libraries": ["demo++"],
            "packages": {"apt-get": ["libdemo-dev"], "brew": ["demo@3"]},
            "pkg_config": ["demo-2.0"],
        },
    )

    assert (found.name, found.pkg_config, found.programs) == (NAME, ("demo-2.0",), ())
    assert (found.config_programs, found.headers, found.libraries) == (("demo-config",), ("demo/demo.h",), ("demo++",))
    assert found.packages == {"apt-get": ("libdemo-dev",), "brew": ("demo@3",)}
    assert found.conflicts == ("dep:generic/other",)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"header": ["x.h"]}, "the definition has the unknown key 'header'; known are packages, config_programs, "),
        ({}, "states no way to find it"),
        ({"packages": {"dnf": ["x"]}}, "states no way to find it"),
        ({"programs": []}, "states no way to find it"),
        ({"programs": ["x"], "packages": {"yum": ["x"]}}, "'yum' is not one of the package managers apt-get, dnf"),
        ({"programs": ["x"], "packages": {"dnf": ["x; rm"]}}, "'x; rm' in dnf is not valid"),
        ({"programs": "cmake"}, "programs"),
        ({"programs": ["../cmake"]}, "'../cmake' in programs is not valid"),
        ({"headers": ["a/../../b.h"]}, "'a/../../b.h' in headers is not valid"),
        ({"headers": ["/etc/passwd"]}, "'/etc/passwd' in headers is not valid"),
        ({"libraries": ["-Wl,x"]}, "'-Wl,x' in libraries is not valid"),
        ({"pkg_config": ["--version"]}, "'--version' in pkg_config is not valid"),
        ({"pkg_config": ["a\nb"]}, "in pkg_config is not valid"),
        ({"pkg_config": ["$(x)"]}, "'$(x)' in pkg_config is not valid"),
        ({"pkg_config": [1]}, "'1' in pkg_config is not valid"),
        ({"pkg_config": None}, "'None' in pkg_config is not valid"),
        ({"pkg_config": [""]}, "'' in pkg_config is not valid"),
    ],
)
def test_a_faulty_definition_is_refused(entry: dict[str, Any], says: str) -> None:
    with pytest.raises(ActionError) as caught:
        definition(NAME, entry)

    assert str(caught.value).startswith(f"{NAME}: ") and says in str(caught.value)


@pytest.mark.parametrize(
    ("version", "specifier", "wanted"),
    [
        ("2.9.14", ">=2.9", True),
        ("2.9", ">=2.9.0", True),
        ("2.10", ">=2.9", True),
        ("2.8.99", ">=2.9", False),
        ("3", ">=2.9,<3", False),
        ("2.13", ">=2.9,<3", True),
        ("3.0", ">3", False),
        ("3.0.1", ">3", True),
        ("3", "<=3.0", True),
        ("3.1", "<=3", False),
        ("1.2.0", "==1.2", True),
        ("1.2.1", "==1.2", False),
        ("1.2", "!=1.2", False),
        ("1.3", "!=1.2", True),
        ("3.0.11-1~deb12u2", ">=3.0.11", True),
        ("1.2", "", True),
        ("", ">=1", False),
    ],
)
def test_the_numbers_of_versions_are_compared(version: str, specifier: str, wanted: bool) -> None:
    assert satisfies(version, specifier) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (">=1.2", True),
        (">= 1.2 , <2", True),
        ("==1.2.3-1~deb12", True),
        ("!=1.0rc1", True),
        ("", False),
        ("1.2", False),
        ("~=1.2", False),
        ("===1", False),
        (">=1,", False),
        (">=1 <2", False),
        (">=v1", False),
    ],
)
def test_a_specifier_is_read_completely_or_not_at_all(text: str, wanted: bool) -> None:
    assert is_specifier(text) == wanted


def test_a_name_is_split_from_its_versions() -> None:
    assert split_version("dep:generic/demo@>=1,<2") == (NAME, ">=1,<2")
    assert split_version(NAME) == (NAME, "")


def test_one_command_for_each_package_manager_installs_all() -> None:
    one = definition(NAME, {"programs": ["x"], "packages": {"apt-get": ["b", "a"], "brew": ["x"], "apk": ["x"]}})
    other = definition(NAME, {"programs": ["x"], "packages": {"dnf": ["d"], "apt-get": ["c", "a"]}})
    bare = definition(NAME, {"programs": ["x"]})

    assert install_lines([one, other]) == ["apt-get install a b c", "dnf install d", "apk add x", "brew install x"]
    assert install_lines([bare]) == []
