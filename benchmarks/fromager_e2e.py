"""Run Fromager's own end-to-end scripts with `fromager-gen` as the command `fromager`, and print a table.

    python benchmarks/fromager_e2e.py FOLDER --python ~/.pyenv/versions/3.12.1/bin/python [SCRIPT...]

Takes the folder `e2e/` of Fromager's source distribution from the package index, which is that of pip's configuration.
SCRIPT is a name such as `bootstrap_cooldown`; without it, all scripts run. FOLDER keeps the output of each script in
NAME.log, and one disk cache of Bazel for all of them; it is used again by the next run. The exit code is 1 if a script
failed. The scripts need bash, curl, jq, unzip and zip, and the ports that they name.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import NamedTuple

from measure import machine_tools

from fromager_gen.bazel import find_bazel

_SOURCE = Path(__file__).resolve().parent.parent
# Scripts that cannot run on every machine.
_OUT_OF_REACH = {
    "bootstrap_cooldown_github": "needs the API of GitHub",
    "bootstrap_cooldown_gitlab": "needs the API of GitLab",
}
# Programs of Fromager's test environment, which the scripts enter with hatch.
_HATCH = """#!/bin/sh
if [ "$1 $2" = "env find" ]; then echo "$VIRTUAL_ENV"; fi
"""
_LONGEST = 1800


class Result(NamedTuple):
    """The result of one script."""

    name: str
    result: str
    """``pass``, ``fail``, or why the script did not run."""
    seconds: float
    reason: str
    """The last line that says what is missing."""


def main() -> None:
    """Run the scripts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", required=True, type=Path, help="interpreter of the environment, 3.12 or later")
    parser.add_argument("--version", default="0.101.0", help="version of Fromager")
    parser.add_argument("--all", action="store_true", help="also run the scripts that need a forge")
    parser.add_argument("scripts", nargs="*", metavar="SCRIPT")
    args = parser.parse_intermixed_args()
    folder: Path = args.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    base = _environment(folder, args.python)
    suite = _suite(folder, base, args.version)
    names = args.scripts or [path.stem.removeprefix("test_") for path in sorted((suite / "e2e").glob("test_*.sh"))]
    print("| script | result | seconds | reason |\n| --- | --- | --- | --- |")
    results = []
    for name in names:
        if name in _OUT_OF_REACH and not args.all and not args.scripts:
            results.append(Result(name, "not run", 0, _OUT_OF_REACH[name]))
        else:
            results.append(_run(name, suite, folder, base))
        print(f"| {' | '.join(map(str, results[-1]))} |", flush=True)
    ran = [one for one in results if one.result != "not run"]
    passed = sum(one.result == "pass" for one in ran)
    print(f"\n{passed} of {len(ran)} scripts pass, {len(results) - len(ran)} did not run")
    sys.exit(passed != len(ran))


def _environment(folder: Path, python: Path) -> Path:
    """Create the environment that all scripts share: this checkout, and the programs that the scripts call."""
    base = folder / "venv"
    if not base.exists():
        subprocess.run([python, "-m", "venv", base], check=True)
    subprocess.run([base / "bin" / "pip", "install", "-q", "-e", _SOURCE, "twine", "wheel"], check=True)
    return base


def _suite(folder: Path, base: Path, version: str) -> Path:
    """Download and unpack Fromager's source distribution, and return its folder."""
    suite = folder / f"fromager-{version}"
    if not suite.exists():
        download = [base / "bin" / "pip", "download", "-q", "--no-deps", "--no-binary=:all:", f"--dest={folder}"]
        subprocess.run([*download, f"fromager=={version}"], check=True)
        with tarfile.open(suite.with_name(f"{suite.name}.tar.gz")) as archive:
            archive.extractall(folder, filter="data")
    return suite


def _run(name: str, suite: Path, folder: Path, base: Path) -> Result:
    """Run one script in its own copy of the suite, environment and home."""
    place, log = folder / "run", folder / f"{name}.log"
    _remove(place)
    shutil.copytree(suite, place / "suite")
    env = _variables(place, folder, base)
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["bash", f"e2e/test_{name}.sh"], cwd=place / "suite", env=env, stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        try:
            code = process.wait(_LONGEST)
        except subprocess.TimeoutExpired:
            code = 124
        finally:
            _end_servers(process.pid, place)
    seconds = round(time.monotonic() - began, 1)
    return Result(name, "fail" if code else "pass", seconds, _reason(log) if code else "")


def _end_servers(group: int, place: Path) -> None:
    """End the servers that a script has left behind, and those of Bazel, whose workspaces it may have removed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    for path in place.glob("bazel/*/server/server.pid.txt"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(path.read_text()), signal.SIGKILL)


def _variables(place: Path, folder: Path, base: Path) -> dict[str, str]:
    """Create a script's home and environment, and return its variables."""
    home, venv = place / "home", place / "venv"
    home.mkdir()
    (home / ".bazelrc").write_text(
        f"startup --output_user_root={place / 'bazel'}\n"
        f"common --disk_cache={folder / 'disk-cache'} --repository_cache={folder / 'repository-cache'}\n"
    )
    subprocess.run([base / "bin" / "python", "-m", "venv", "--without-pip", venv], check=True)
    (site,) = venv.glob("lib/python3*/site-packages")
    (shared,) = base.glob("lib/python3*/site-packages")
    # `addsitedir` also reads the .pth file of the editable install.
    (site / "shared.pth").write_text(f"import site; site.addsitedir({str(shared)!r})\n")
    programs = {"fromager": "fromager_gen", "pip": "pip", "wheel": "wheel", "twine": "twine"}
    texts = {name: f'#!/bin/sh\nexec "{venv}/bin/python" -m {module} "$@"\n' for name, module in programs.items()}
    for program, text in {**texts, "hatch": _HATCH}.items():
        path = venv / "bin" / program
        path.write_text(text)
        path.chmod(0o755)
    return {
        **os.environ,
        **machine_tools(),
        "FROMAGER_GEN_BAZEL": find_bazel(place).program,
        "HOME": str(home),
        "PATH": f"{venv / 'bin'}:{os.environ['PATH']}",
        "VIRTUAL_ENV": str(venv),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }


def _reason(log: Path) -> str:
    """Return the last line of a log that says what is missing."""
    lines = log.read_text(errors="replace").splitlines()
    said = [line for line in lines if not line.startswith("+") and line.strip()]
    last = [line for line in said if any(word in line for word in ("FAIL", "Did not find", "did not", "rror:"))]
    return ((last or said or ["no output"])[-1]).replace("|", "/")[:160]


def _remove(place: Path) -> None:
    """Remove a folder, although Bazel has made some of its folders read-only."""
    if place.exists():
        subprocess.run(["chmod", "-R", "u+rwX", place], check=True)
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
