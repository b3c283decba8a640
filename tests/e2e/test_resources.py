"""The resources that a build declares to Bazel, and so the builds that run at the same time."""

import zipfile
from itertools import combinations

import pytest
from support.indexes import Index
from support.workspaces import Generate, GraphBuilder, Workspace, in_tree_sdist

pytestmark = [pytest.mark.bazel, pytest.mark.index]

# A build that uses no core, and records its start and end time.
SLOW = """
    import time
    begin = time.time()
    time.sleep(3)
    return write(wheel_directory, data=f"{begin} {time.time()}".encode())
"""


@pytest.fixture(scope="module")
def workspace(index: Index, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    base = tmp_path_factory.mktemp("sizes")
    graph = GraphBuilder()
    for name in ("alone", "one", "two"):
        graph.add(name, "1.0", index.add_sdist(name, "1.0", in_tree_sdist(name, "1.0", SLOW)))
    (base / "overrides" / "settings").mkdir(parents=True)
    (base / "overrides" / "settings" / "alone.yaml").write_text("build_options: {exclusive_build: true}\n")
    return generate(graph, "--index-url", index.url, folder=base)


def together(workspace: Workspace, cores: int) -> set[str]:
    """Return the pairs of packages that are built at the same time on a machine with this many cores."""
    workspace.build(
        "//:wheelhouse",
        f"--local_resources=cpu={cores}",
        "--jobs=8",
        f"--//rules:build_timeout={cores}00",
        cached=False,
    )
    ran = {}
    for name in ("alone", "one", "two"):
        with zipfile.ZipFile(workspace.wheel(name, "1.0")) as wheel:
            begin, end = map(float, wheel.read("data").split())
            ran[name] = begin, end
    return {
        f"{first} {second}"
        for first, second in combinations(ran, 2)
        if ran[first][0] < ran[second][1] and ran[second][0] < ran[first][1]
    }


def test_a_build_uses_one_core_and_an_exclusive_build_the_machine(workspace: Workspace) -> None:
    assert together(workspace, 4) == {"one two"}
    assert together(workspace, 1) == set()
