"""Versions that fit all requirements together, or in words why there are none."""

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
    """An index ``a 1 2, b 1`` and what its versions need, by ``a==1``."""

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


def test_nothing_asked_is_nothing_chosen() -> None:
    assert Case("a 1").solution() == Solution({}, {})


def test_the_highest_version_is_taken_with_what_it_needs() -> None:
    case = Case("a 1 2, b 1 2 3, c 1", {"a==2": ["b<3"], "b==2": ["c"], "b==3": ["missing"]})

    assert case.solve("a") == {"a": "2", "b": "2", "c": "1"}


def test_a_choice_that_leads_nowhere_is_taken_back() -> None:
    case = Case("a 1 2, b 1 2, c 1 2", {"a==2": ["c==2"], "a==1": ["c==1"], "b==2": ["c==1"], "b==1": ["c==1"]})

    assert case.solve("a", "b") == {"a": "1", "b": "2", "c": "1"}


def test_a_cycle_of_install_requirements_is_no_error() -> None:
    case = Case("a 1, b 1", {"a==1": ["b", "a"], "b==1": ["a"]})

    assert case.solve("a") == {"a": "1", "b": "1"}


def test_a_cycle_that_going_back_leaves_behind_is_none_of_the_solution() -> None:
    needs = {"a==2": ["d==1"], "d==1": ["c"], "c==1": ["a<2", "d==1"]}

    assert Case("a 1 2, c 1, d 1", needs).solve("a") == {"a": "1"}


def test_a_conflict_whose_cause_was_taken_back_is_told_all_the_same() -> None:
    needs = {"a==2": ["c>=2"], "b==1": ["a==1", "d==3"], "c==1": ["d<2"], "d==3": ["c==1"]}

    assert "no versions fit" in Case("a 1 2, b 1, c 1 2, d 1 2 3", needs).refusal("a", "b")[0]


def test_what_an_earlier_choice_needs_is_not_lost_where_it_was_ruled_out_for_a_while() -> None:
    """resolvelib forgets what `a` needs when something rules it out, and does not ask again when that goes."""
    needs = {
        "a==1": ["b>1", "d<2"], "a==2": ["b>1", "c>=2"], "a==3": ["c"], "b==1": ["d==1"],
        "b==2": ["a==1", "c>=2", "d==3"], "b==3": ["c", "d<2"], "c==1": ["b==3", "d==1"], "c==2": ["d"],
        "d==2": ["a>=2", "b>=2", "c>1"], "d==3": ["a<3", "b==3", "c<2"],
    }  # fmt: skip

    assert Case("a 1 2 3, b 1 2 3, c 1 2, d 1 2 3", needs).solve("a") == {"a": "2", "b": "3", "c": "2", "d": "1"}


def test_a_solution_that_leaves_something_out_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is known; should the library make one, nobody is to build it."""
    monkeypatch.setattr(module._Resolution, "resolve", lambda *_, **__: State({}, {}, []))

    assert "leave out a<2, which r.txt:1 asks for" in Case("a 1").refusal("a<2")[0]


def test_names_are_compared_in_their_canonical_form() -> None:
    assert Case("my-pkg 1 2, a 1", {"a==1": ["My.Pkg<2"]}).solve("MY_pkg", "a") == {"my-pkg": "1", "a": "1"}


def test_extras_bring_their_own_needs_and_share_a_version() -> None:
    needs = {"a==2": ["b; extra == 'x'", "c; extra == 'y'", "d; extra == 'z'"], "e==1": ["a[y]<3"]}
    solution = Case("a 1 2 3, b 1, c 1, e 1", {**needs, "a==3": ["none; extra == 'x'"]}).solution("a[x]", "e", "a")

    assert {name: str(one.version) for name, one in solution.chosen.items()} == {"a": "2", "b": "1", "c": "1", "e": "1"}
    assert solution.extras == {"a": ("x", "y"), "b": (), "c": (), "e": ()}


@pytest.mark.parametrize("texts", [("a[x]", "a<2"), ("a[x]<2", "a"), ("a[x]", "a[y]<2"), ("a[x]<2", "a[y]")])
def test_a_package_has_one_version_with_and_without_extras(texts: tuple[str, ...]) -> None:
    case = Case("a 1 2, b 1", {f"a=={version}": ["b; extra == 'x'"] for version in (1, 2)})

    assert case.solve(*texts) == {"a": "1", "b": "1"}


def test_an_extra_may_stand_for_others_of_its_package() -> None:
    case = Case("a 1, b 1, c 1", {"a==1": ["a[x,y]; extra == 'all'", "b; extra == 'x'", "c; extra == 'y'"]})

    assert case.solve("a[all]") == {"a": "1", "b": "1", "c": "1"}


def test_an_extra_holds_for_versions_with_a_local_part_and_an_epoch() -> None:
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
def test_a_pre_release_is_taken_only_where_one_is_named(text: str, limit: str, wanted: str) -> None:
    case = Case("a 1 2rc1", limits=constraints(*([limit] if limit else [])))

    assert case.solve(text) == {"a": wanted}


def test_a_pre_release_alone_is_not_taken() -> None:
    """As with Fromager; pip would take it."""
    assert Case("a 2rc1").refusal("a")[1:3] == [
        "  a is asked for by r.txt:1",
        "  a would fit as 2rc1, but only as a pre-release: a requirement or constraint that names one, such as "
        "a==2rc1, lets it in",
    ]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"yanked": True}, "yanked"),
        ({"requires_python": ">=3.6.*"}, "with an invalid Requires-Python '>=3.6.*'"),
        ({"requires_python": "<3.12.4"}, "not for Python 3.12.4"),
    ],
)
def test_a_version_that_may_not_be_taken_is_called_what_it_is(said: dict[str, object], reason: str) -> None:
    index = shelf("a 1, b 1")
    index.add("a-2.tar.gz", **said)
    case = Case(finder_of(index))

    assert case.refusal("a==2")[2] == f"  a would fit as 2 ({reason}), which may not be taken"
    assert case.refusal("a==3")[2] == "  a is there as 1"
    assert case.solve("a") == {"a": "1"}


@pytest.mark.parametrize("texts", [("a>=2rc1", "a"), ("b==1", "a>=2rc1")])
def test_a_pre_release_that_one_requirement_names_serves_the_others(texts: tuple[str, ...]) -> None:
    case = Case("a 2rc1, b 1", {"b==1": ["a"]})

    assert case.solve(*texts)["a"] == "2rc1"


def test_a_constraint_holds_for_what_nobody_named() -> None:
    case = Case("a 1, b 1 2 3", {"a==1": ["b"]}, constraints("b<3"))

    assert case.solve("a") == {"a": "1", "b": "2"}


def test_preferred_versions_go_before_higher_ones_where_they_fit() -> None:
    case = Case("a 1 2 3 4")
    preferred = {"a": [Version("2"), Version("1"), Version("9")]}

    assert case.solve("a", preferred=preferred) == {"a": "2"}
    assert case.solve("a!=2", preferred=preferred) == {"a": "1"}
    assert case.solve("a>2", preferred=preferred) == {"a": "4"}


def test_a_source_of_a_given_address_is_taken_for_it() -> None:
    finder = finder_of(shelf("a 1 2, b 1"))
    url = "https://forge.test/a-1.5.tar.gz"
    finder.fixed = {"a": Candidate("a", Version("1.5rc1"), f"{url}#sha256=0", "a-1.5.tar.gz")}
    case = Case(finder, {"b==1": ["a>1"]})

    assert case.solve(f"a @ {url}", "b") == {"a": "1.5rc1", "b": "1"}
    assert case.solve(f"a[x] @ {url}", "b") == {"a": "1.5rc1", "b": "1"}


def test_an_address_that_a_package_names_is_not_what_the_index_has() -> None:
    rows = Case("a 1, b 1", {"b==1": ["a @ https://forge.test/a.tar.gz"]}).refusal("b")

    assert any("a @ https://forge.test/a.tar.gz is asked for by b 1, needed by r.txt:1" in row for row in rows)


def test_markers_decide_what_is_needed() -> None:
    texts = ["b; python_version < '3'", "c; extra == 'x'", "d; python_version > '3'"]

    assert [one.name for one in needs_of((), texts, VARIABLES)] == ["d"]
    assert Case("a 1, d 1", {"a==1": texts}).solve("a") == {"a": "1", "d": "1"}


def test_a_conflict_is_told_with_both_sides_and_their_chains() -> None:
    needs = {"a==1": ["b"], "b==1": ["c<2"], "d==1": ["c>=2"]}

    first, *rows, last = Case("a 1, b 1, c 1 2, d 1", needs).refusal("a", "d")

    assert first == "the requirements: no versions fit all requirements."
    assert sorted(rows) == [
        "  c is there as 2, 1",
        "  c<2 is asked for by b 1, needed by a 1, needed by r.txt:1",
        "  c>=2 is asked for by d 1, needed by r.txt:2",
    ]
    assert last.endswith("Where the top level need not be installed together: --skip-constraints.")


def test_a_name_that_the_index_does_not_know_may_be_misspelt() -> None:
    rows = Case("a 1").refusal("a", "nowhere")

    assert "  nowhere: the index has no such project" in rows
    assert rows[-1].startswith("Is nowhere spelt as the index has it?")
    assert "spelt" not in Case("a 1", {"a==1": ["nowhere"]}).refusal("a")[-1]


def test_a_constraint_in_a_conflict_is_told_with_its_place() -> None:
    rows = Case("a 1 2", limits=constraints("b==1", "a<2")).refusal("a>=2")

    assert rows[1:4] == [
        "  a>=2 is asked for by r.txt:1",
        "  a<2 is the constraint of c.txt:2",
        "  a is there as 2, 1",
    ]


def test_a_lone_requirement_is_not_helped_by_being_solved_for_itself() -> None:
    needs = {"a==1": ["b", "c"], "b==1": ["d<2"], "c==1": ["d>=2"]}

    assert "--skip-constraints" not in Case("a 1, b 1, c 1, d 1 2", needs).refusal("a")[-1]
    assert "--skip-constraints" not in Case("a 1 2, b 1", {"a==1": ["b"], "b==1": ["a>1"]}).refusal("a==1")[-1]


def test_what_is_not_in_the_index_is_told_with_who_asks() -> None:
    rows = Case("a 1", {"a==1": ["none>1"]}).refusal("a")

    assert rows[1:3] == ["  none>1 is asked for by a 1, needed by r.txt:1", "  none: the index has no such project"]


def test_of_many_versions_a_few_are_named() -> None:
    rows = Case("a 1 2 3 4 5 6 7 8").refusal("a>9")

    assert rows[2] == "  a is there as 8, 7, 6, 5, 4 and 3 older"


def test_a_package_without_a_source_is_told_so() -> None:
    assert "no sdist that may be taken; its files: 1 wheels" in "\n".join(
        Case(finder_of(Shelf("a-1-py3-none-any.whl"))).refusal("a")
    )


def test_an_age_that_leaves_nothing_is_told() -> None:
    index = Shelf()
    index.add("a-1.tar.gz", uploaded=(NOW - timedelta(days=10)).isoformat())

    assert "--min-release-age" in Case(finder_of(index, Ages(NOW, least=30))).refusal("a")[2]


def test_the_greatest_age_leaves_something_and_a_constraint_is_exempt() -> None:
    """As with Fromager."""
    index = Shelf()
    for version, days in (("1", 100), ("2", 10), ("3", 1)):
        index.add(f"a-{version}.tar.gz", uploaded=(NOW - timedelta(days=days)).isoformat())
    finder = finder_of(index, Ages(NOW, most=20))

    assert [str(one.version) for one in finder.candidates("a")] == ["3", "2"]
    assert [str(one.version) for one in finder.candidates("a", held=True)] == ["3", "2", "1"]
    few = finder_of(index, Ages(NOW + timedelta(days=50), most=20))
    assert [str(one.version) for one in few.candidates("a")] == ["3", "2", "1"]


def test_a_pin_of_the_top_level_may_be_of_any_age() -> None:
    index = Shelf()
    index.add("a-1.tar.gz", uploaded=NOW.isoformat())

    assert Case(finder_of(index, Ages(NOW, 30))).solve("a==1", pinned="a") == {"a": "1"}


def test_a_search_without_an_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROUNDS", 3)
    rows = Case("a 1, b 1, c 1, d 1", {"a==1": ["b"], "b==1": ["c"], "c==1": ["d"]}).refusal("a")

    assert rows == [
        "the requirements: no versions were found in 3 steps. Constrain the packages that have many versions."
    ]
