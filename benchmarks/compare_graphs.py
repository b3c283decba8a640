r"""Bootstrap real collections with fromager-gen and with Fromager, one after the other, and compare the graphs.

    python benchmarks/compare_graphs.py --fromager VENV/bin/fromager --python 3.12 FOLDER [NAME ...]

The collections are in collections.toml. Both programs run with --sdist-only, so they build only wheels that backends
need. Prints a row for each collection, and every package and edge that only one of the graphs has.
"""

import argparse
import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

from measure import run

from fromager_gen.bazel import find_bazel


def main() -> None:
    """Compare all collections, or the named ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--fromager", type=Path, required=True)
    parser.add_argument("--python", required=True, help="version that Fromager runs with")
    args = parser.parse_args()
    known = tomllib.loads(Path(__file__).with_name("collections.toml").read_text())
    print("| collection | packages | edges | same as Fromager's | ours, s | Fromager, s |\n" + "| --- " * 6 + "|")
    for name in args.names or known:
        try:
            _compare(name, known[name], args)
        except SystemExit as err:
            print(f"| {name} | failed: {str(err).splitlines()[0]} | | | | |", flush=True)


def _compare(name: str, requirements: list[str], args: argparse.Namespace) -> None:
    folder = args.folder.resolve() / name
    folder.mkdir(parents=True)
    ours, theirs = (folder / side for side in ("ours", "fromager"))
    for side in (ours, theirs):
        side.mkdir()
    command = [sys.executable, "-m", "fromager_gen", "--python", args.python, "bootstrap", "--sdist-only"]
    seconds = run([*command, *requirements], ours, folder / "ours.log")
    run([find_bazel(ours).program, "shutdown"], ours / "work-dir" / "workspace", folder / "ours.log")
    program = args.fromager.resolve()
    path = f"{program.parent}:{os.environ['PATH']}"
    command = [str(program), "--network-isolation", "bootstrap", "--sdist-only"]
    other = run([*command, *requirements], theirs, folder / "fromager.log", PATH=path)
    graphs = [json.loads((side / "work-dir" / "graph.json").read_text()) for side in (ours, theirs)]
    first, second = map(_parts, graphs)
    same = "yes" if first == second else f"no: {len(first - second)} only ours, {len(second - first)} only Fromager's"
    edges = len(first) - len(graphs[0])
    print(f"| {name} | {len(graphs[0]) - 1} | {edges} | {same} | {seconds:.0f} | {other:.0f} |", flush=True)
    for title, parts in (("only ours", first - second), ("only Fromager's", second - first)):
        for part in sorted(parts):
            print(f"    {title}: {part}")


def _parts(graph: dict[str, Any]) -> set[str]:
    """Return packages, and edges with their type and requirement, as texts."""
    edges = {f"{key} -{e['req_type']}-> {e['key']} ({e['req']})" for key, node in graph.items() for e in node["edges"]}
    return set(graph) | edges


if __name__ == "__main__":
    main()
