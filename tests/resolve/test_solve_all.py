"""Small random collections with cycles and conflicts: solutions fit, and a collection with a solution is solved.

The latter does not always hold: resolvelib finds no solution for one in a few thousand solvable collections, because it
backtracks over several choices at once.
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
    """Return the packages that are reachable from requirements, or None if a choice does not fit."""
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


# The extra seeds crash resolvelib's own `Resolver`, or make it lose requirements.
@pytest.mark.parametrize("seed", [*range(250), 163, 351, 2925, 4037, 7150])
def test_a_solution_fits_and_is_found_if_there_is_one(seed: int) -> None:
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
