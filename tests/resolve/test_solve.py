"""Versions that fit all requirements together, or an explanation why there are none."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from resolvelib.structs import State
from support.indexes import NOW, VARIABLES, Shelf, constraints, finder_of, shelf

from fromager_gen.errors import ResolutionError
from fromager_gen.resolve import solve as module
from fromager_gen.resolve.ages import Ages
from fromager_gen.resolve.candidates import Candidate, Finder
from fromager_gen.resolve.provider import Need, Provider, needs_of
from fromager_gen.resolve.requirements import Constraints
from fromager_gen.resolve.solve import Solution, solve


class Case:
    """An index such as ``a 1 2, b 1``, and the requirements of its versions, by keys such as ``a==1``."""

    def __init__(
        self,
        packages: str | Finder,
        needs: Mapping[str, Sequence[str]] | None = None,
        limits: Constraints | None = None,
    ) -> None:
        self.finder = packages if isinstance(packages, Finder) else finder_of(shelf(packages))
        self._needs = needs or {}
        self._limits = limits or Constraints()

    def solution(
        self, *texts: str, preferred: Mapping[str, Sequence[Version]] | None = None, pinned: str = ""
    ) -> Solution:
        provider = Provider(
            self.finder,
            self._limits,
            lambda candidate: tuple(self._needs.get(candidate.key, ())),
            VARIABLES,
            preferred or {},
            frozenset(pinned.split()),
        )
        needs = [Need(Requirement(text), (f"r.txt:{number}",)) for number, text in enumerate(texts, 1)]
        return solve(needs, provider, "the requirements")

    def solve(self, *texts: str, **more: object) -> dict[str, str]:
        return {name: str(one.version) for name, one in self.solution(*texts, **more).chosen.items()}  # type: ignore[arg-type]

    def refusal(self, *texts: str) -> list[str]:
        with pytest.raises(ResolutionError) as raised:
            self.solution(*texts)
        return str(raised.value).splitlines()


def test_without_requirements_no_version_is_chosen() -> None:
    assert Case("a 1").solution() == Solution({}, {})


def test_the_highest_version_is_chosen_with_its_requirements() -> None:
    case = Case("a 1 2, b 1 2 3, c 1", {"a==2": ["b<3"], "b==2": ["c"], "b==3": ["missing"]})

    assert case.solve("a") == {"a": "2", "b": "2", "c": "1"}


def test_a_choice_that_leads_to_a_conflict_is_revised() -> None:
    case = Case("a 1 2, b 1 2, c 1 2", {"a==2": ["c==2"], "a==1": ["c==1"], "b==2": ["c==1"], "b==1": ["c==1"]})

    assert case.solve("a", "b") == {"a": "1", "b": "2", "c": "1"}


def test_a_cycle_of_install_requirements_is_not_an_error() -> None:
    case = Case("a 1, b 1", {"a==1": ["b", "a"], "b==1": ["a"]})

    assert case.solve("a") == {"a": "1", "b": "1"}


def test_a_cycle_that_backtracking_leaves_behind_is_not_in_the_solution() -> None:
    needs = {"a==2": ["d==1"], "d==1": ["c"], "c==1": ["a<2", "d==1"]}

    assert Case("a 1 2, c 1, d 1", needs).solve("a") == {"a": "1"}


def test_a_conflict_is_reported_even_if_its_cause_was_revised() -> None:
    needs = {"a==2": ["c>=2"], "b==1": ["a==1", "d==3"], "c==1": ["d<2"], "d==3": ["c==1"]}

    assert "no versions fit" in Case("a 1 2, b 1, c 1 2, d 1 2 3", needs).refusal("a", "b")[0]


def test_requirements_of_a_choice_that_was_excluded_for_a_while_are_kept() -> None:
    """resolvelib forgets the requirements of `a` when another choice excludes it, and does not restore them."""
    needs = {
        "a==1": ["b>1", "d<2"], "a==2": ["b>1", "c>=2"], "a==3": ["c"], "b==1": ["d==1"],
        "b==2": ["a==1", "c>=2", "d==3"], "b==3": ["c", "d<2"], "c==1": ["b==3", "d==1"], "c==2": ["d"],
        "d==2": ["a>=2", "b>=2", "c>1"], "d==3": ["a<3", "b==3", "c<2"],
    }  # fmt: skip

    assert Case("a 1 2 3, b 1 2 3, c 1 2, d 1 2 3", needs).solve("a") == {"a": "2", "b": "3", "c": "2", "d": "1"}


def test_an_incomplete_solution_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """No such solution of the library is known, but none must be built."""
    monkeypatch.setattr(module._Resolution, "resolve", lambda *_, **__: State({}, {}, []))

    assert "don't include a<2, required by r.txt:1" in Case("a 1").refusal("a<2")[0]


def test_names_are_compared_in_canonical_form() -> None:
    assert Case("my-pkg 1 2, a 1", {"a==1": ["My.Pkg<2"]}).solve("MY_pkg", "a") == {"my-pkg": "1", "a": "1"}


def test_extras_add_requirements_and_share_a_version() -> None:
    needs = {"a==2": ["b; extra == 'x'", "c; extra == 'y'", "d; extra == 'z'"], "e==1": ["a[y]<3"]}
    solution = Case("a 1 2 3, b 1, c 1, e 1", {**needs, "a==3": ["none; extra == 'x'"]}).solution("a[x]", "e", "a")

    assert {name: str(one.version) for name, one in solution.chosen.items()} == {"a": "2", "b": "1", "c": "1", "e": "1"}
    assert solution.extras == {"a": ("x", "y"), "b": (), "c": (), "e": ()}


@pytest.mark.parametrize("texts", [("a[x]", "a<2"), ("a[x]<2", "a"), ("a[x]", "a[y]<2"), ("a[x]<2", "a[y]")])
def test_a_package_has_one_version_with_and_without_extras(texts: tuple[str, ...]) -> None:
    case = Case("a 1 2, b 1", {f"a=={version}": ["b; extra == 'x'"] for version in (1, 2)})

    assert case.solve(*texts) == {"a": "1", "b": "1"}


def test_an_extra_may_require_other_extras_of_its_package() -> None:
    case = Case("a 1, b 1, c 1", {"a==1": ["a[x,y]; extra == 'all'", "b; extra == 'x'", "c; extra == 'y'"]})

    assert case.solve("a[all]") == {"a": "1", "b": "1", "c": "1"}


def test_extras_work_for_versions_with_a_local_part_and_an_epoch() -> None:
    assert Case("a 1!1.0+cpu, b 1", {"a==1!1.0+cpu": ["b; extra == 'x'"]}).solve("a[x]") == {"a": "1!1.0+cpu", "b": "1"}


@pytest.mark.parametrize(
    ("text", "limit", "wanted"),
    [
        ("a", "", "1"),
        ("a>=1", "", "1"),
        ("a>=2rc1", "", "2rc1"),
        ("a==2rc1", "", "2rc1"),
        ("a", "a>=1rc1", "2rc1"),
        ("a<2", "", "1"),
        ("a", "a<2", "1"),
    ],
)
def test_a_pre_release_is_chosen_only_if_one_is_named(text: str, limit: str, wanted: str) -> None:
    case = Case("a 1 2rc1", limits=constraints(*([limit] if limit else [])))

    assert case.solve(text) == {"a": wanted}


def test_a_pre_release_is_not_chosen_as_the_only_version() -> None:
    """As in Fromager; pip would choose it."""
    assert Case("a 2rc1").refusal("a")[1:3] == [
        "  a is required by r.txt:1",
        "  a would fit as 2rc1, but only as a pre-release: a requirement or constraint that names one, such as "
        "a==2rc1, allows it",
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"yanked": True}, "yanked"),
        ({"requires_python": ">=3.6.*"}, "with an invalid Requires-Python '>=3.6.*'"),
        ({"requires_python": "<3.12.4"}, "not for Python 3.12.4"),
    ],
)
def test_the_error_for_an_excluded_version_has_the_reason(fields: dict[str, object], reason: str) -> None:
    index = shelf("a 1, b 1")
    index.add("a-2.tar.gz", **fields)
    case = Case(finder_of(index))

    assert case.refusal("a==2")[2] == f"  a would fit as 2 ({reason}), which can't be used"
    assert case.refusal("a==3")[2] == "  a is available as 1"
    assert case.solve("a") == {"a": "1"}


@pytest.mark.parametrize("texts", [("a>=2rc1", "a"), ("b==1", "a>=2rc1")])
def test_a_pre_release_that_one_requirement_names_fits_the_others(texts: tuple[str, ...]) -> None:
    case = Case("a 2rc1, b 1", {"b==1": ["a"]})

    assert case.solve(*texts)["a"] == "2rc1"


def test_a_constraint_applies_to_indirect_requirements() -> None:
    case = Case("a 1, b 1 2 3", {"a==1": ["b"]}, constraints("b<3"))

    assert case.solve("a") == {"a": "1", "b": "2"}


def test_preferred_versions_are_chosen_before_higher_ones_if_they_fit() -> None:
    case = Case("a 1 2 3 4")
    preferred = {"a": [Version("2"), Version("1"), Version("9")]}

    assert case.solve("a", preferred=preferred) == {"a": "2"}
    assert case.solve("a!=2", preferred=preferred) == {"a": "1"}
    assert case.solve("a>2", preferred=preferred) == {"a": "4"}


def test_a_source_named_by_its_address_is_chosen() -> None:
    finder = finder_of(shelf("a 1 2, b 1"))
    url = "https://forge.test/a-1.5.tar.gz"
    finder.fixed = {"a": (Candidate("a", Version("1.5rc1"), f"{url}#sha256=0", "a-1.5.tar.gz"),)}
    case = Case(finder, {"b==1": ["a>1"]})

    assert case.solve(f"a @ {url}", "b") == {"a": "1.5rc1", "b": "1"}
    assert case.solve(f"a[x] @ {url}", "b") == {"a": "1.5rc1", "b": "1"}


def test_an_address_that_a_package_requires_is_an_error() -> None:
    rows = Case("a 1, b 1", {"b==1": ["a @ https://forge.test/a.tar.gz"]}).refusal("b")

    assert any("a @ https://forge.test/a.tar.gz is required by b 1, required by r.txt:1" in row for row in rows)


def test_requirements_whose_markers_do_not_hold_are_ignored() -> None:
    texts = ["b; python_version < '3'", "c; extra == 'x'", "d; python_version > '3'"]

    assert [one.name for one in needs_of((), texts, VARIABLES)] == ["d"]
    assert Case("a 1, d 1", {"a==1": texts}).solve("a") == {"a": "1", "d": "1"}


def test_a_conflict_is_reported_with_both_requirements_and_their_chains() -> None:
    needs = {"a==1": ["b"], "b==1": ["c<2"], "d==1": ["c>=2"]}

    first, *rows, last = Case("a 1, b 1, c 1 2, d 1", needs).refusal("a", "d")

    assert first == "the requirements: no versions fit all requirements."
    assert sorted(rows) == [
        "  c is available as 2, 1",
        "  c<2 is required by b 1, required by a 1, required by r.txt:1",
        "  c>=2 is required by d 1, required by r.txt:2",
    ]
    assert last.endswith("If the top level need not be installed together: --skip-constraints.")


def test_the_error_for_an_unknown_project_suggests_a_typing_error() -> None:
    rows = Case("a 1").refusal("a", "nowhere")

    assert "  nowhere: the index has no such project" in rows
    assert rows[-1].startswith("Is nowhere spelled correctly?")
    assert "spelled" not in Case("a 1", {"a==1": ["nowhere"]}).refusal("a")[-1]


def test_a_constraint_in_a_conflict_is_reported_with_its_place() -> None:
    rows = Case("a 1 2", limits=constraints("b==1", "a<2")).refusal("a>=2")

    assert rows[1:4] == [
        "  a>=2 is required by r.txt:1",
        "  a<2 is the constraint of c.txt:2",
        "  a is available as 2, 1",
    ]


def test_a_conflict_is_logged_in_the_words_of_fromager() -> None:
    with pytest.raises(ResolutionError) as raised:
        Case("a 1 2", limits=constraints("b==1", "a<2")).solution("a>=2")

    assert raised.value.logged == ("a: Unable to resolve requirement specifier a>=2 with constraint a<2",)


def test_a_conflict_of_one_requirement_does_not_suggest_separate_solutions() -> None:
    needs = {"a==1": ["b", "c"], "b==1": ["d<2"], "c==1": ["d>=2"]}

    assert "--skip-constraints" not in Case("a 1, b 1, c 1, d 1 2", needs).refusal("a")[-1]
    assert "--skip-constraints" not in Case("a 1 2, b 1", {"a==1": ["b"], "b==1": ["a>1"]}).refusal("a==1")[-1]


def test_a_missing_project_is_reported_with_its_dependents() -> None:
    rows = Case("a 1", {"a==1": ["none>1"]}).refusal("a")

    assert rows[1:3] == ["  none>1 is required by a 1, required by r.txt:1", "  none: the index has no such project"]


def test_only_a_few_of_many_versions_are_listed() -> None:
    rows = Case("a 1 2 3 4 5 6 7 8").refusal("a>9")

    assert rows[2] == "  a is available as 8, 7, 6, 5, 4 and 3 older"


def test_a_package_without_sources_is_reported() -> None:
    assert "no sdist that can be used; its files: 1 wheels" in "\n".join(
        Case(finder_of(Shelf("a-1-py3-none-any.whl"))).refusal("a")
    )


def test_an_age_limit_that_excludes_all_versions_is_reported() -> None:
    index = Shelf()
    index.add("a-1.tar.gz", uploaded=(NOW - timedelta(days=10)).isoformat())

    assert "--min-release-age" in Case(finder_of(index, Ages(NOW, least=30))).refusal("a")[2]


def test_the_greatest_age_never_excludes_all_versions_and_constraints_are_exempt() -> None:
    """As in Fromager."""
    index = Shelf()
    for version, days in (("1", 100), ("2", 10), ("3", 1)):
        index.add(f"a-{version}.tar.gz", uploaded=(NOW - timedelta(days=days)).isoformat())
    finder = finder_of(index, Ages(NOW, most=20))

    assert [str(one.version) for one in finder.candidates("a")] == ["3", "2"]
    assert [str(one.version) for one in finder.candidates("a", held=True)] == ["3", "2", "1"]
    few = finder_of(index, Ages(NOW + timedelta(days=50), most=20))
    assert [str(one.version) for one in few.candidates("a")] == ["3", "2", "1"]


def test_a_pin_of_the_top_level_is_exempt_from_age_limits() -> None:
    index = Shelf()
    index.add("a-1.tar.gz", uploaded=NOW.isoformat())

    assert Case(finder_of(index, Ages(NOW, 30))).solve("a==1", pinned="a") == {"a": "1"}


def test_a_search_that_takes_too_many_steps_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROUNDS", 3)
    rows = Case("a 1, b 1, c 1, d 1", {"a==1": ["b"], "b==1": ["c"], "c==1": ["d"]}).refusal("a")

    assert rows == [
        "the requirements: no versions were found in 3 steps. Constrain the packages that have many versions."
    ]
