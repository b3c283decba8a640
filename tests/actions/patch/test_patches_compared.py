"""Comparison with GNU patch and git on several hundred patches: whole trees, with bytes, names and modes."""

import random
from pathlib import Path

from support import patch_cases
from support.patch_cases import Case, Outcome

from actions.patch.apply import apply

GNU = "patch -p1 --no-backup-if-mismatch -F0 --batch -r -"
GIT = "git apply -p1 --unidiff-zero --whitespace=nowarn"
COUNT = 20


def listed(problems: list[tuple[int, Case, Outcome, Outcome]]) -> str:
    """Describe the first differences, each with its patch."""
    return "\n\n".join(
        f"case {number}, {case.style}\n{case.patch.decode('utf-8', 'backslashreplace')}\nours: {our.log} "
        f"{sorted(set(our.tree.items()) - set(other.tree.items()))}\nother: {other.log} "
        f"{sorted(set(other.tree.items()) - set(our.tree.items()))}"
        for number, case, our, other in problems[:3]
    )


def agree(cases: list[Case], our: list[Outcome], other: list[Outcome], at_least: int) -> None:
    """Check that our tree is the same if the other program succeeds, and that it succeeds often enough."""
    found = list(zip(range(len(cases)), cases, our, other, strict=True))
    wrong = [one for one in found if one[3].succeeded and not (one[2].succeeded and one[2].tree == one[3].tree)]
    assert not wrong, f"{len(wrong)} differ\n{listed(wrong)}"
    assert sum(one.succeeded for one in other) >= at_least


def test_trees_are_the_same_as_those_of_gnu_patch(tmp_path: Path) -> None:
    """GNU patch fails only on spaces in git's lines for empty or renamed files, and git does not fail on them."""
    cases = patch_cases.made(tmp_path / "made", seed=1, count=COUNT)
    by_git = [case for case in cases if case.style.startswith("git")]
    gnu = patch_cases.outcomes(tmp_path / "gnu", cases, GNU)
    git = patch_cases.outcomes(tmp_path / "git", by_git, GIT)
    our = patch_cases.ours(tmp_path / "our", cases, apply)

    agree(cases, our, gnu, at_least=250)
    agree(by_git, our[-len(by_git) :], git, at_least=len(by_git) - 5)


def test_two_diffs_in_one_patch_give_the_same_tree_as_gnu_patch(tmp_path: Path) -> None:
    cases = patch_cases.series(tmp_path / "made", seed=2, count=COUNT)
    gnu = patch_cases.outcomes(tmp_path / "gnu", cases, GNU)
    our = patch_cases.ours(tmp_path / "our", cases, apply)

    agree(cases, our, gnu, at_least=COUNT)


def test_a_patch_that_needs_fuzz_is_refused_and_leaves_the_tree(tmp_path: Path) -> None:
    """On sources of another version, an offset that we accept gives the same tree as GNU patch or git.

    GNU patch does not find names with spaces in git's lines for empty or renamed files; git does.
    """
    rng = random.Random(3)  # noqa: S311
    cases = patch_cases.made(tmp_path / "made", seed=4, count=6)
    cases = [Case(case.style, case.patch, patch_cases.drifted(rng, case.tree)) for case in cases]
    gnu = patch_cases.outcomes(tmp_path / "gnu", cases, GNU)
    fuzzy = patch_cases.outcomes(tmp_path / "fuzzy", cases, GNU.replace("-F0", "-F3"))
    git = patch_cases.outcomes(tmp_path / "git", cases, GIT)
    our = patch_cases.ours(tmp_path / "our", cases, apply)
    all_of = list(zip(range(len(cases)), cases, our, gnu, git, strict=True))

    wrong = [
        (n, c, o, p)
        for n, c, o, p, g in all_of
        if o.succeeded
        and not (p.succeeded and p.tree == o.tree)
        and (p.succeeded or not g.succeeded or g.tree != o.tree)
    ]
    assert not wrong, f"{len(wrong)} are applied and differ from GNU patch\n{listed(wrong)}"
    wrong = [(n, c, o, p) for n, c, o, p, _ in all_of if not o.succeeded and o.tree != c.tree]
    assert not wrong, f"{len(wrong)} are refused and changed the tree\n{listed(wrong)}"
    assert any(o.succeeded for o in our)
    assert sum(f.succeeded and not p.succeeded for f, p in zip(fuzzy, gnu, strict=True)) > 3
