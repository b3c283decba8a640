"""Complete workspaces, compared file by file with those in tests/golden; see the README there."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fromager_gen.bundle import bundle_folder
from fromager_gen.graph import read_graph
from fromager_gen.lock.model import read_lock
from fromager_gen.overrides import OverridePaths, read_overrides
from fromager_gen.pipeline.generate import workspace_files
from fromager_gen.plan import make_plan
from fromager_gen.plan.decide import PlanOptions

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = sorted(path.parent for path in GOLDEN.glob("*/graph.json"))
_DIGEST = "import sys, test_golden as t; from pathlib import Path; print(t.digest(t.generated(Path(sys.argv[1]))))"


def generated(case: Path) -> dict[str, bytes]:
    """Return all files of a case's workspace except the copied rules and toolchains."""
    graph = read_graph(case / "graph.json")
    overrides = case / "overrides"
    sources = OverridePaths(overrides / "settings.yaml", overrides / "settings", overrides / "patches", "cpu")
    lock = read_lock(case / "fromager.lock.json")
    plan = make_plan(graph, lock, read_overrides(sources), PlanOptions("3.12", jobs=4))
    tree = workspace_files(plan, lock, sources.patches_dir)
    copies = {path: source for path, source in tree.copies.items() if path.split("/")[0] not in ("rules", "toolchains")}
    return {path: text.encode() for path, text in tree.texts.items()} | {
        path: copy.read_bytes() for path, copy in copies.items()
    }


def digest(files: dict[str, bytes]) -> str:
    """Return one hash of all files, in the order of their creation."""
    return hashlib.sha256(repr(list(files.items())).encode()).hexdigest()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_workspace_is_unchanged(case: Path, pytestconfig: pytest.Config) -> None:
    found = generated(case)
    golden = case / "workspace"
    if pytestconfig.getoption("update_golden"):
        shutil.rmtree(golden, ignore_errors=True)
        for path, content in found.items():
            (golden / path).parent.mkdir(parents=True, exist_ok=True)
            (golden / path).write_bytes(content)

    wanted = {path.relative_to(golden).as_posix(): path.read_bytes() for path in golden.rglob("*") if path.is_file()}

    assert sorted(found) == sorted(wanted)
    for path in sorted(found):
        assert found[path].decode() == wanted[path].decode(), f"{path}; run `pytest --update-golden` to write it again"


def test_there_are_cases() -> None:
    assert [case.name for case in CASES] == ["patched", "prebuilt", "pure", "rust", "two_versions"]


def test_folder_hash_seed_and_locale_do_not_matter(tmp_path: Path) -> None:
    case = GOLDEN / "patched"
    digests = {
        subprocess.run(
            [sys.executable, "-c", _DIGEST, os.path.relpath(case, folder)],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), str(bundle_folder())]),
                "PYTHONHASHSEED": seed,
                "LC_ALL": locale,
            },
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for folder, seed, locale in ((tmp_path, "1", "C"), (GOLDEN, "12345", "C.UTF-8"))
    }

    assert digests == {digest(generated(case))}
