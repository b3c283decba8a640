"""Small collections made at random, full of cycles and conflicts: what is found fits, and what fits is found.

Not always: going back by leaps, resolvelib refuses one in a few thousand of such collections that has a solution.
"""

import itertools
import random
from collections.abc import Mapping, Sequence

import pytest
from packaging.requirements import Requirement
from test_solve import Case

from fromager_gen.errors import ResolutionError

NAMES = "abcd"
LIMITS = ("", ">=2", "<2", "<3", "==1", "==3", ">1")
Versions = Mapping[str, int]
Needs = Mapping[str, Sequence[str]]


def reached(asked: Sequence[str], needs: Needs, chosen: Mapping[str, str]) -> set[str] | None:
    """Return the packages that requirements lead to, None where a choice does not fit one of them."""
    todo, found = list(asked), set[str]()
    while todo:
        requirement = Requirement(todo.pop())
        version = chosen.get(requirement.name)
        if version is None or not requirement.specifier.contains(version):
            return None
        if requirement.name not in found:
            found.add(requirement.name)
            todo += needs[f"{requirement.name}=={version}"]
    return found


def can_be_solved(asked: Sequence[str], versions: Versions, needs: Needs) -> bool:
    each = (map(str, range(1, versions[name] + 1)) for name in NAMES)
    return any(reached(asked, needs, dict(zip(NAMES, chosen, strict=True))) for chosen in itertools.product(*each))


# Some of these crashed resolvelib's own way to a result, or lost requirements on it.
@pytest.mark.parametrize("seed", [*range(250), 163, 351, 2925, 4037, 7150])
def test_what_is_found_fits_and_what_fits_is_found(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time
    versions = {name: chance.randint(1, 3) for name in NAMES}
    needs = {
        f"{name}=={version}": [
            other + chance.choice(LIMITS) for other in NAMES if other != name and chance.random() < 0.45
        ]
        for name in NAMES
        for version in range(1, versions[name] + 1)
    }
    asked = chance.choice([["a"], ["a", "b"], ["a>=2", "b"]])
    shelf = ", ".join(f"{name} {' '.join(map(str, range(1, count + 1)))}" for name, count in versions.items())
    try:
        found = Case(shelf, needs).solve(*asked)
    except ResolutionError:
        assert not can_be_solved(asked, versions, needs)
    else:
        assert reached(asked, needs, found) == set(found)
