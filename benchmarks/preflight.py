r"""Compare what `preflight` announces with the packages that fail to build without help.

    python benchmarks/preflight.py --platform linux_x86_64_glibc_2_28 requirements.txt FOLDER

Builds the requirements with pinned compilers, which see no library of the machine, and with all declarations of
external dependencies turned off (bootstrap --test-mode). Prints a row for each package that was announced or that
failed. A build that exceeds Bazel's time limit did not fail; it is listed apart.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import fromager_gen

_GENERATOR = [sys.executable, "-m", "fromager_gen"]
_FAILED = re.compile(r"build failed for ([\w.-]+)==[\w.+!-]+, attempting pre-built fallback: (.*)")
_LATE = r"ERROR: {} \S+ could not be built: .* did not end in \d+ s"
_KNOWN = Path(fromager_gen.__file__).parent / "external" / "packages.toml"


def main() -> None:
    """Run both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("requirements", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--platform", required=True)
    parser.add_argument("--seconds", type=int, default=900, help="time limit of a build")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    options = ["-r", str(args.requirements.resolve()), "--toolchains=hermetic", "--platform", args.platform]
    announced = _announced(args.folder, options)
    failed, late = _failed(args.folder, options, args.seconds)
    print("| package | announced | without help |\n| --- | --- | --- |")
    for name in sorted({*announced, *failed, *late}):
        outcome = "fails" if name in failed else "time limit" if name in late else "builds"
        print(f"| {name} | {', '.join(announced.get(name, ())) or 'no'} | {outcome} |")
    hits = announced.keys() & failed
    print(
        f"\nannounced {len(hits)} of {len(failed)} that fail; {len(announced) - len(hits)} of {len(announced)} in vain"
    )


def _announced(folder: Path, options: list[str]) -> dict[str, list[str]]:
    """Return the needs that are surely missing, by package."""
    command = [*_GENERATOR, "preflight", *options, "--format", "json"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found: dict[str, list[str]] = {}
    for one in json.loads(result.stdout)["findings"]:
        if one["missing"] and one["kind"] != "resolution":
            found.setdefault(one["package"].partition(" ")[0], []).append(one["need"])
    return found


def _failed(folder: Path, options: list[str], seconds: int) -> tuple[set[str], set[str]]:
    """Return the packages that fail by themselves without declarations, and those that exceed the time limit."""
    own = folder / "overrides" / "fromager-gen"
    own.mkdir(parents=True, exist_ok=True)
    for name in tomllib.loads(_KNOWN.read_text()):
        (own / f"{name.replace('-', '_')}.yaml").write_text("external: []\n")
    workspace = folder / "work-dir" / "workspace"
    workspace.mkdir(parents=True, exist_ok=True)
    (workspace / "user.bazelrc").write_text(f"build --//rules:build_timeout={seconds}\n")
    result = subprocess.run(
        [*_GENERATOR, "bootstrap", *options, "--skip-constraints", "--test-mode", "-k"],
        cwd=folder, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    (folder / "bootstrap.log").write_text(result.stderr)
    own_failures = {name for name, why in _FAILED.findall(result.stderr) if "could not be built" in why}
    late = {name for name in own_failures if re.search(_LATE.format(re.escape(name)), result.stderr)}
    return own_failures - late, late


if __name__ == "__main__":
    main()
