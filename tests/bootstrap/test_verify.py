"""Built wheels are compared with the resolution."""

from pathlib import Path

import pytest
from support.indexes import VARIABLES
from support.samples import make_graph
from support.wheels import metadata, write_wheel

from fromager_gen.bootstrap.verify import verify
from fromager_gen.errors import ResolutionError

GRAPH = make_graph(
    {"": ["toplevel demo==1.0 demo[x]", "toplevel other==1.0"], "demo==1.0": [], "other==1.0": []},
)
INFO = "demo-1.0.dist-info/METADATA"


def check(
    folder: Path, known: tuple[str, ...], built: tuple[str, ...], extras: tuple[str, ...] = (), **changes: str
) -> list[str]:
    """Compare a wheel with its resolved requirements."""
    text = metadata(requires=built, extras=extras, **changes)
    wheel = write_wheel(folder / "demo-1.0-py3-none-any.whl", {INFO: text}, record="")
    return verify(GRAPH, {"demo==1.0": known, "other==1.0": ()}, {"demo==1.0": wheel}, VARIABLES)


@pytest.mark.parametrize(
    ("known", "built"),
    [
        ((), ()),
        (("b>=2", "c"), ("c", "b >=2")),
        (("b<3,>=2",), ("b>=2, <3",)),
        (("b[y,x]",), ("b[x,y]",)),
        (("B",), ("b",)),
        (("b; sys_platform == 'win32'",), ()),
        (("b; python_version > '3'",), ("b",)),
        pytest.param(
            ("typing_extensions>=4", "zope.interface"),
            ("typing-extensions>=4", "zope-interface"),
        ),
        pytest.param(
            ("b[My_X]",),
            ("b[my-x]",),
        ),
    ],
)
def test_requirements_in_another_spelling_are_equal(
    tmp_path: Path, known: tuple[str, ...], built: tuple[str, ...]
) -> None:
    check(tmp_path, known, built)


@pytest.mark.parametrize(
    ("known", "built", "says"),
    [
        (("b",), (), r"no longer requires b; it now requires nothing"),
        ((), ("b>1",), r"no longer requires nothing; it now requires b>1"),
        (("b<2",), ("b<3",), r"no longer requires b<2; it now requires b<3"),
        (("b",), ("b[x]",), r"no longer requires b; it now requires b\['x'\]"),
        (("b; sys_platform == 'win32'",), ("b",), r"no longer requires nothing; it now requires b"),
        pytest.param(
            ("b @ https://x.test/1.zip",),
            ("b @ https://x.test/2.zip",),
            "no longer requires b",
        ),
        pytest.param(
            ("b; extra == 'x'",),
            ("c; extra == 'x'",),
            "no longer requires b",
        ),
    ],
)
def test_a_wheel_with_other_requirements_is_an_error(
    tmp_path: Path, known: tuple[str, ...], built: tuple[str, ...], says: str
) -> None:
    with pytest.raises(
        ResolutionError, match=rf"contradict the resolution: demo 1\.0: the wheel {says}[\s\S]*patch PKG-INFO"
    ):
        check(tmp_path, known, built)


@pytest.mark.parametrize("changes", [{"name": "other"}, {"version": "2.0"}])
def test_a_wheel_of_another_package_or_version_is_an_error(tmp_path: Path, changes: dict[str, str]) -> None:
    with pytest.raises(ResolutionError, match=r"demo 1\.0: its metadata is that of (other 1\.0|demo 2\.0)"):
        check(tmp_path, (), (), **changes)


def test_all_contradictions_are_reported_at_once(tmp_path: Path) -> None:
    wheels = {}
    for name in ("demo", "other"):
        text = metadata(name, requires=["new"])
        wheels[f"{name}==1.0"] = write_wheel(
            tmp_path / f"{name}.whl", {f"{name}-1.0.dist-info/METADATA": text}, record=""
        )

    with pytest.raises(ResolutionError, match=r"2 problems\n  - demo 1\.0: .*\n  - other 1\.0: "):
        verify(GRAPH, {"demo==1.0": (), "other==1.0": ()}, wheels, VARIABLES)


def test_packages_that_were_not_built_are_ignored() -> None:
    assert verify(GRAPH, {"demo==1.0": ("b",), "other==1.0": ()}, {}, VARIABLES) == []


@pytest.mark.parametrize(
    ("provided", "warnings"),
    [
        ((), ["demo 1.0 has no extra x, which the top level requires; it has none"]),
        (("other", "More"), ["demo 1.0 has no extra x, which the top level requires; it has more, other"]),
        (("x",), []),
        (("X",), []),
    ],
)
def test_a_missing_extra_is_a_warning(tmp_path: Path, provided: tuple[str, ...], warnings: list[str]) -> None:
    """The graph requires demo[x]."""
    assert check(tmp_path, (), (), extras=provided) == warnings
