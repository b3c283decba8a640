"""The collection that fits a package best: what is counted, and how ties are broken."""

from support.samples import make_graph

from fromager_gen.graph import Fit, best_fits

ONBOARDING = {
    "": ["toplevel z==1", "toplevel a==1", "toplevel a==1 a>=1"],
    "a==1": ["install b==1", "build-system tool==1", "install a==1"],
    "b==1": ["install b==2", "install a==1"],
    "b==2": [],
    "tool==1": [],
    "z==1": [],
}


def collection(*names: str) -> dict[str, list[str]]:
    keys = [f"{name}==7" for name in names]
    return {"": [f"toplevel {key}" for key in keys], **{key: [] for key in keys}}


def test_packages_of_all_edges_are_counted_once_by_name() -> None:
    collections = {"one": make_graph(collection("b", "x")), "two": make_graph(collection("b", "tool"))}
    a, z = best_fits(make_graph(ONBOARDING), collections)

    assert (a.package.key, a.total, z.package.key, z.total) == ("a==1", 3, "z==1", 1)
    assert a.fits == (Fit("two", 1, 2), Fit("one", 2, 1))
    assert [round(fit.coverage, 1) for fit in a.fits] == [66.7, 33.3]


def test_names_break_ties() -> None:
    collections = {name: make_graph(collection("x")) for name in ("c", "a", "b")}
    *_, z = best_fits(make_graph(ONBOARDING), collections)

    assert [fit.collection for fit in z.fits] == ["a", "b", "c"]
    assert {(fit.new, fit.existing, fit.coverage) for fit in z.fits} == {(1, 0, 0.0)}
