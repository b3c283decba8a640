"""External dependencies are looked for where builds will look, before anything is built."""

import pytest

from fromager_gen.external import Vocabulary, vocabulary
from fromager_gen.pipeline.external_search import search_machine, search_pinned
from fromager_gen.toolchains import ToolchainsLock
from fromager_gen.toolchains.model import ExternalDependency, ExternalPackages

PLATFORM = "linux_x86_64_glibc_2_39"
XML = ExternalDependency("dep:generic/libxml2", (), (), "2.9.14+dfsg")
LOCK = ToolchainsLock(external=(ExternalPackages("x86_64", (XML,), "bookworm", (PLATFORM,)),))


@pytest.mark.parametrize(
    ("text", "platform", "problem"),
    [
        ("dep:generic/libxml2", PLATFORM, ""),
        ("dep:generic/libxml2@>=2.9,<3", PLATFORM, ""),
        ("dep:generic/libxml2@>=2.10", PLATFORM, "version 2.9.14+dfsg is pinned for linux_x86_64_glibc_2_39"),
        ("dep:generic/libxslt", PLATFORM, "it is not pinned for linux_x86_64_glibc_2_39"),
        ("dep:generic/libxml2", "linux_x86_64_glibc_2_28", "it is not pinned for linux_x86_64_glibc_2_28"),
    ],
)
def test_a_pinned_dependency_is_of_the_platform_and_in_a_fitting_version(
    text: str, platform: str, problem: str
) -> None:
    searched = search_pinned({"lxml 6.0": [text]}, LOCK, platform)

    assert searched.problems == {text: problem}
    assert (f"  {text}  for lxml 6.0" in searched.message) is bool(problem)


def test_nothing_declared_is_nothing_missing() -> None:
    assert search_machine({}, vocabulary()) == ({}, "")


def test_the_machine_is_searched_once_for_all_packages() -> None:
    nowhere = {"pkg_config": ["no-such-module-anywhere"], "packages": {"apt-get": ["libnowhere-dev"]}}
    names = Vocabulary({**vocabulary().entries, "dep:generic/nowhere": nowhere})
    needs = {"a 1": ["dep:generic/nowhere"], "b 2": ["dep:generic/nowhere", "dep:virtual/compiler/c"]}
    searched = search_machine(needs, names)

    assert searched.problems["dep:virtual/compiler/c"] == ""
    assert "pkg-config does not find no-such-module-anywhere" in searched.problems["dep:generic/nowhere"]
    assert "dep:generic/nowhere  for a 1, b 2" in searched.message
    assert "apt-get install libnowhere-dev" in searched.message
