"""Build a collection with hermetic toolchains and with those of the machine, and compare the times.

    python benchmarks/toolchains.py GRAPH FOLDER --python 3.12 [--lock TOOLCHAINS_LOCK]

Prints a table: the cold build, the warm build in another output base that has only the disk cache, and the median time
in which Bazel stages the inputs of an action that builds a wheel. Archives are fetched once for both. TOOLCHAINS_LOCK
is a toolchains.lock.json with more than the compilers. FOLDER keeps all logs and outputs, and must be new.
"""

import argparse
import json
import shutil
import statistics
import sys
from pathlib import Path

from measure import HEADER, Row, run

from fromager_gen.bazel import find_bazel
from fromager_gen.contract import ACTIONS, TOOLCHAINS_LOCK

_KINDS = ("hermetic", "machine")
# Bazel's name for the preparation of a sandbox: https://bazel.build/advanced/performance/json-trace-profile
_STAGING = "sandbox.createFileSystem"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("graph", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", required=True, help="version that the graph was made with")
    parser.add_argument("--lock", type=Path, help="lock of toolchains to start with")
    args = parser.parse_args()
    folder: Path = args.folder.resolve()
    folder.mkdir(parents=True)
    for kind in _KINDS:
        _generate(args, folder, kind)
    cold = {kind: _build(folder, kind, "cold") for kind in _KINDS}
    warm = {kind: _build(folder, kind, "warm") for kind in _KINDS}
    staging = {kind: _staging(folder / f"{kind}-cold.profile") for kind in _KINDS}
    sysroots = _seconds(folder / "hermetic-cold.profile", ACTIONS["sysroot"][1])
    print(HEADER)
    print(Row("cold build, with the compilers and sysroots", cold["hermetic"], cold["machine"], "≤ 1.15 without these"))
    print(Row("warm build, with only the disk cache", warm["hermetic"], warm["machine"], "≤ 1.15"))
    print(Row("staging of an action, median", staging["hermetic"], staging["machine"], "≤ 0.1 s more"))
    print(f"\nThe actions that make compilers and sysroots took {sysroots:.1f} s, two at a time.")


def _generate(args: argparse.Namespace, folder: Path, kind: str) -> None:
    workspace = folder / kind
    options = ["--toolchains=hermetic", "--platform", "linux_x86_64_glibc_2_17"] if kind == "hermetic" else []
    if options and args.lock:
        workspace.mkdir()
        shutil.copyfile(args.lock, workspace / TOOLCHAINS_LOCK)
    command = [sys.executable, "-m", "fromager_gen", "--python", args.python, "generate", args.graph.resolve()]
    run([*command, "--output", workspace, *options], folder, folder / f"{kind}.log")
    run(_bazel(folder, kind, "fetch", "build", "--nobuild"), workspace, folder / f"{kind}.log")
    _stop(folder, kind, "fetch")


def _build(folder: Path, kind: str, which: str) -> float:
    """Build in a new output base; return the seconds."""
    options = [f"--disk_cache={folder / kind}-cache", f"--profile={folder / kind}-{which}.profile"]
    seconds = run(_bazel(folder, kind, which, "build", *options), folder / kind, folder / f"{kind}.log")
    _stop(folder, kind, which)
    return seconds


def _stop(folder: Path, kind: str, which: str) -> None:
    run([*_program(folder, kind, which), "shutdown"], folder / kind, folder / f"{kind}.log")


def _bazel(folder: Path, kind: str, which: str, command: str, *options: str) -> list[str]:
    fetched = f"--repository_cache={folder / 'fetched'}"
    return [*_program(folder, kind, which), command, "--config=bazel7", fetched, *options, "//:wheelhouse"]


def _program(folder: Path, kind: str, which: str) -> list[str]:
    return [find_bazel(folder / kind).program, f"--output_user_root={folder / f'output-{kind}-{which}'}"]


def _staging(profile: Path) -> float:
    """Return the median seconds in which the sandbox of an action that builds a wheel was prepared."""
    events = _events(profile)
    builds = [event for event in events if event["name"].startswith(f"{ACTIONS['wheel'][1]} ")]
    times = []
    for build in builds:
        end = build["ts"] + build["dur"]
        inside = (one for one in events if one["tid"] == build["tid"] and build["ts"] <= one["ts"] <= end)
        times.append(sum(one["dur"] for one in inside if one["name"] == _STAGING) / 1e6)
    return statistics.median(times)


def _seconds(profile: Path, verb: str) -> float:
    return sum(event["dur"] for event in _events(profile) if event["name"].startswith(f"{verb} ")) / 1e6


def _events(profile: Path) -> list[dict[str, float | str]]:
    events = json.loads(profile.read_text())["traceEvents"]
    return [event for event in events if "dur" in event]


if __name__ == "__main__":
    main()
