"""Package URLs in SBOMs. The expected ones are those of Fromager 0.101 for the same settings."""

from pathlib import Path

import pytest
from support.samples import make_graph

from fromager_gen.lock import Lock
from fromager_gen.overrides import Overrides, PackageSettings, Purl, Sbom
from fromager_gen.plan import PlanOptions, make_plan, plan_text
from fromager_gen.plan.sbom import planned_sbom
from fromager_gen.render import render

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.mark.parametrize(
    ("sbom", "purl", "wheel", "upstream"),
    [
        (Sbom(), Purl(), "pkg:pypi/my-pkg@1%212.0%2Bcpu", "pkg:pypi/my-pkg@1%212.0%2Bcpu"),
        (
            Sbom(purl_type="generic", repository_url="https://example.com/simple"),
            Purl(),
            "pkg:generic/my-pkg@1%212.0%2Bcpu?repository_url=https://example.com/simple",
            "pkg:generic/my-pkg@1%212.0%2Bcpu",
        ),
        (
            Sbom(repository_url="https://example.com/simple"),
            Purl("generic", "Some/Where", "My_Name", "v 3", "https://other.test/a?b=c&d"),
            "pkg:generic/Some/Where/My_Name@v%203?repository_url=https://other.test/a%3Fb%3Dc%26d",
            "pkg:generic/Some/Where/My_Name@v%203",
        ),
        (Sbom(), Purl(name="My_Name", namespace=""), *["pkg:pypi/my-name@1%212.0%2Bcpu"] * 2),
        (
            Sbom(),
            Purl(upstream="pkg:github/org/repo@v1#sub"),
            "pkg:pypi/my-pkg@1%212.0%2Bcpu",
            "pkg:github/org/repo@v1#sub",
        ),
    ],
)
def test_package_urls_are_fromagers(sbom: Sbom, purl: Purl, wheel: str, upstream: str) -> None:
    found = planned_sbom(sbom, purl, "my-pkg", "1!2.0+cpu")

    assert (found["purl"], found["upstream"]) == ((wheel,), (upstream,))


def test_what_is_not_stated_is_left_out() -> None:
    assert planned_sbom(None, Purl(), "a", "1") == {}
    assert planned_sbom(Sbom(), Purl(), "a", "1") == {
        "namespace": ("https://spdx.org/spdxdocs",),
        "purl": ("pkg:pypi/a@1",),
        "supplier": ("NOASSERTION",),
        "upstream": ("pkg:pypi/a@1",),
    }


def texts(overrides: Overrides) -> tuple[str, dict[str, str]]:
    graph = make_graph(
        {"": ["toplevel top==1.0"], "top==1.0": ["install lib==2.0 lib"], "lib==2.0": []},
        lib={"pre_built": True},
    )
    made = make_plan(graph, Lock(), overrides, PlanOptions("3.12"))
    return plan_text(made), render(made)


def test_only_built_wheels_get_what_is_asked_for() -> None:
    settings = {"top": PackageSettings(requires_external=("openssl", "zlib"))}
    plan, files = texts(Overrides(packages=settings, sbom=Sbom(creators=("Person: A",), additions=("cyclonedx",))))
    built = files["packages/top/1.0/BUILD.bazel"]

    assert '    requires_external = [\n        "openssl",\n        "zlib",\n    ],\n' in built
    assert '        "additions": ["cyclonedx"],\n        "creators": ["Person: A"],\n' in built
    assert '        "purl": ["pkg:pypi/top@1.0"],\n' in built
    assert '"sbom": {"additions": ["cyclonedx"]' in plan
    assert "sbom" not in files["packages/lib/2.0/BUILD.bazel"]


def test_a_collection_that_asks_for_nothing_is_as_before() -> None:
    plan, files = texts(Overrides())

    assert "sbom" not in plan and "requires_external" not in plan
    assert not [name for name, text in files.items() if "sbom" in text or "requires_external" in text]
