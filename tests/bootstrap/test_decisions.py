"""The log of a bootstrap: which version each requirement resolves to."""

import json
from pathlib import Path

from support.benches import Run
from support.indexes import pkg_info
from support.wheels import files_of_package, write_wheel

from fromager_gen.overrides.model import PackageSettings


def test_decisions_are_logged_once_in_the_words_of_fromager(run: Run, logged: list[str]) -> None:
    run.sdist("a", build=["b"], needs=None)
    for name in "bcd":
        run.sdist(name)
    run.bench.answers = {
        "build_requires b": json.dumps(["c>=1"]),
        "metadata a": pkg_info("a", "1", "Requires-Dist: d", form="2.1"),
    }
    run.discovery("a<9").run()

    assert [row for row in logged if "resolves to" in row] == [
        "INFO a-1: new toplevel dependency a<9 resolves to 1",
        "INFO b-1: new build-system dependency b resolves to 1",
        "INFO c-1: new build-backend dependency c>=1 resolves to 1",
        "INFO c-1: new build-sdist dependency c>=1 resolves to 1",
        "INFO d-1: new install dependency d resolves to 1",
    ]


def test_a_pre_built_wheel_is_logged(run: Run, logged: list[str], tmp_path: Path) -> None:
    run.settings = {"a": PackageSettings(pre_built=True)}
    run.place.file(
        "a", "a-1-py3-none-any.whl", write_wheel(tmp_path / "a.whl", files_of_package("a", "1")).read_bytes()
    )
    run.discovery("a").run()

    assert "INFO a-1: using pre-built wheel for toplevel requirement" in logged
