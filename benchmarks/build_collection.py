"""Build a real collection from a graph, cold, and compare with `fromager build-parallel -m 2` on the same graph.

    python benchmarks/build_collection.py GRAPH FOLDER --fromager VENV/bin/fromager --python 3.12

Prints a table: the cold build compared with Fromager's, and a build without changes. With --twice, builds the wheels
again with one job, in another folder with another output base, and compares their bytes. FOLDER keeps all logs and
outputs, and must be new.
"""

import argparse
import hashlib
import os
import sys
from pathlib import Path

from measure import HEADER, Row, run

from fromager_gen.bazel import find_bazel


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fromager", type=Path, help="Fromager's program; without it only ours is measured")
    parser.add_argument("--python", required=True, help="version that the graph was made with")
    parser.add_argument("--goal", default="0.5", help="goal for the ratio of the cold build")
    parser.add_argument("--twice", action="store_true", help="build again elsewhere with one job and compare bytes")
    args = parser.parse_args()
    folder: Path = args.folder.resolve()
    folder.mkdir(parents=True)
    rows = [_cold(args, folder), _null(folder)]
    print(HEADER, *rows, sep="\n", flush=True)
    if args.twice:
        print(_compare(args, folder))
    for name in ("one", "two"):
        if (folder / name).exists():
            run(_bazel(folder, name, "shutdown"), folder / name, folder / "ours.log")


def _cold(args: argparse.Namespace, folder: Path) -> Row:
    """Measure both programs from the graph on. The time of fromager-gen includes downloads, lock and analysis."""
    ours = _ours(args, folder, "one", 2)
    fromager = None
    if args.fromager:
        theirs = folder / "fromager"
        theirs.mkdir()
        command = [args.fromager.resolve(), "--network-isolation", "build-parallel", "-m", "2", args.graph.resolve()]
        fromager = run(
            command, theirs, folder / "fromager.log", PATH=f"{args.fromager.resolve().parent}:{os.environ['PATH']}"
        )
    return Row("cold build, from a graph to wheels", ours, fromager, f"≤ {args.goal}")


def _ours(args: argparse.Namespace, folder: Path, name: str, jobs: int) -> float:
    log = folder / "ours.log"
    command = [sys.executable, "-m", "fromager_gen", "--python", args.python, f"--jobs={jobs}", "generate"]
    seconds = run([*command, args.graph.resolve(), "--output", folder / name], folder, log)
    return seconds + run(_bazel(folder, name, "build", "//:wheelhouse"), folder / name, log)


def _null(folder: Path) -> Row:
    log = folder / "ours.log"
    seconds = min(run(_bazel(folder, "one", "build", "//:wheelhouse"), folder / "one", log) for _ in range(5))
    return Row("null build, nothing changed (best of 5)", seconds, None, "≤ 0.6 s")


def _compare(args: argparse.Namespace, folder: Path) -> str:
    """Build in a second output base, with one job per package instead of two; return the wheels that differ."""
    _ours(args, folder, "two", 1)
    first, second = (_digests(folder / name) for name in ("one", "two"))
    differing = sorted(name for name in first if first[name] != second.get(name))
    return (
        f"\n{len(first) - len(differing)} of {len(first)} wheels have the same bytes; differing: {differing or 'none'}"
    )


def _digests(workspace: Path) -> dict[str, str]:
    wheels = (workspace / "bazel-bin" / "wheelhouse").glob("*.whl")
    return {wheel.name: hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels}


def _bazel(folder: Path, name: str, *arguments: str) -> list[str]:
    return [find_bazel(folder).program, f"--output_user_root={folder / f'output-{name}'}", *arguments]


if __name__ == "__main__":
    main()
