"""Names become labels, folders and repositories with few characters, and two versions never get the same one."""

import itertools
import random
import re

import pytest
from packaging.version import Version

from fromager_gen.names import (
    folder,
    label,
    override_name,
    problem_of_name,
    problem_of_version,
    repository,
    version_label,
)

ALPHABET = re.compile(r"[a-z0-9_.-]+")


def random_version(dice: random.Random) -> str:
    """Return a normalized version with any of the parts that PEP 440 defines."""
    text = f"{dice.randint(0, 2)}!" if dice.random() < 0.3 else ""
    text += ".".join(str(dice.randint(0, 12)) for _ in range(dice.randint(1, 4)))
    text += (
        dice.choice(["", "", "a1", "b2", "rc1"])
        + dice.choice(["", "", ".post1", ".post12"])
        + dice.choice(["", "", ".dev2"])
    )
    if dice.random() < 0.3:
        text += "+" + ".".join(
            dice.choice(["cu121", "cpu", "1", "abc", "rocm6", "12"]) for _ in range(dice.randint(1, 3))
        )
    return str(Version(text))


@pytest.fixture(scope="module")
def versions() -> set[str]:
    dice = random.Random(440)  # noqa: S311 - cases, no secrets
    return {random_version(dice) for _ in range(30_000)}


def test_no_two_versions_become_one_label(versions: set[str]) -> None:
    assert len({version_label(version) for version in versions}) == len(versions) > 5_000


def test_labels_have_only_the_allowed_characters(versions: set[str]) -> None:
    assert all(ALPHABET.fullmatch(version_label(version)) for version in versions)


def test_no_two_packages_become_one_repository_or_folder(versions: set[str]) -> None:
    names = ["a", "a-1", "a-1-0", "a1", "sdist", "a-b"]
    some = sorted(versions)[::40]
    pairs = list(itertools.product(names, some))

    assert len(
        {repository("sdist_", *pair) for pair in pairs} | {repository("wheel_", *pair) for pair in pairs}
    ) == 2 * len(pairs)
    assert len({folder(*pair) for pair in pairs}) == len(pairs)


@pytest.mark.parametrize(
    ("version", "wanted"),
    [("1.0", "1.0"), ("1!2.0", "1-2.0"), ("2.0+cu121", "2.0_cu121"), ("1!2.0rc1+a.b", "1-2.0rc1_a.b")],
)
def test_epochs_and_local_versions_are_spelled_in_labels(version: str, wanted: str) -> None:
    assert version_label(version) == wanted
    assert folder("a-b", version) == f"packages/a-b/{wanted}"
    assert label("a-b", version, "wheel") == f"//packages/a-b/{wanted}:wheel"
    assert repository("sdist_", "a-b", version) == f"sdist_a-b_{wanted}"


def test_override_files_are_spelled_with_underscores() -> None:
    assert override_name("flash-attn") == "flash_attn"


@pytest.mark.parametrize("name", ["a", "con", "build", "external", "a1-b2", "zope-interface", "x" * 120])
def test_canonical_names_have_no_problem(name: str) -> None:
    assert problem_of_name(name) is None
    assert ALPHABET.fullmatch(name)


@pytest.mark.parametrize("name", [".", "..", "...", "-rf", "a-", "", "a b", "a\n", "ä", "a/b", None, 3])
def test_an_invalid_name_is_a_problem(name: object) -> None:
    assert "is not a valid package name" in str(problem_of_name(name))  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["1.0", "1!2.0", "2.0+cu121", "0", "1.0.post1.dev2"])
def test_normalized_versions_have_no_problem(version: str) -> None:
    assert problem_of_version(version) is None


@pytest.mark.parametrize("version", ["", "x", "1.0\n", " 1.0", "../1", None, 1.0])
def test_a_version_that_is_not_normalized_is_a_problem(version: object) -> None:
    assert problem_of_version(version) is not None  # type: ignore[arg-type]


def test_a_version_that_is_too_long_for_a_path_is_a_problem() -> None:
    assert "has 241 characters" in str(problem_of_version("1" + ".0" * 120))
