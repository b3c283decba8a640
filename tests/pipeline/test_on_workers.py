"""Whether a build can use workers, and whether it did."""

from pathlib import Path

import pytest
from support.execution_logs import LogWriter

from fromager_gen.bazel import Bazel
from fromager_gen.errors import BuildError, InputError
from fromager_gen.graph import Node
from fromager_gen.pipeline.on_workers import check_config, check_ran_on_workers

NODES = [Node(f"{name}==1.0", name, "1.0", "", False, ()) for name in ("a", "b", "c")]


def wheel(name: str) -> str:
    return f"//packages/{name}/1.0:wheel"


def test_wheels_of_workers_are_good_whatever_else_ran_here(tmp_path: Path) -> None:
    log = LogWriter()
    log.spawn(wheel("a"), runner="linux-sandbox", exit_code=1).spawn(wheel("a"), runner="remote")
    log.spawn(wheel("a"), "FromagerInstall", runner="linux-sandbox")
    log.spawn("//packages/other/1.0:wheel", runner="linux-sandbox")
    other = LogWriter().spawn(wheel("b"), "FromagerPrebuilt", runner="remote").write(tmp_path / "2")

    check_ran_on_workers(NODES[:2], [log.write(tmp_path / "1"), other], "team")


def test_wheels_that_were_made_elsewhere_are_an_error_with_the_place(tmp_path: Path) -> None:
    log = LogWriter().spawn(wheel("a"), runner="remote").spawn(wheel("b"), "FromagerPrebuilt", runner="linux-sandbox")
    log.spawn(wheel("a"), runner="remote cache hit")

    with pytest.raises(BuildError) as caught:
        check_ran_on_workers(NODES, [log.write(tmp_path / "log")], "team")
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("--remote=team: 3 of 3 wheels were not built on workers")
    assert lines[1:4] == [
        "  - a 1.0: remote, remote cache hit", "  - b 1.0: linux-sandbox",
        "  - c 1.0: no execution log states where it ran",
    ]  # fmt: skip
    with pytest.raises(BuildError, match="3 of 3 wheels"):
        check_ran_on_workers(NODES, [], "team")


def bazel(folder: Path, text: str) -> Bazel:
    path = folder / "bazel"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return Bazel(str(path), folder)


def test_a_configuration_that_nobody_defines_is_named(tmp_path: Path) -> None:
    check_config(bazel(tmp_path, '[ "$*" = "info --config=team release" ]'), "team")
    with pytest.raises(InputError, match=r"the configuration 'team'.*remote init.*user\.bazelrc"):
        check_config(
            bazel(tmp_path, "echo \"ERROR: Config value 'team' is not defined in any .rc file\" >&2; exit 2"), "team"
        )
    with pytest.raises(BuildError, match="it broke"):
        check_config(bazel(tmp_path, "echo it broke >&2; exit 37"), "team")
