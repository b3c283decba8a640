"""Random pairs of source trees from a seed, patches between them, and the results of GNU patch and git."""

import codecs
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Tree = dict[str, tuple[bytes, bool]]
"""Content and executable bit of each file by its path."""

NAMES = [
    "setup.py", "README", "src/a.c", "src/b.c", "src/deep/er/c.h", "docs/a file.txt", "docs/two  blanks", "x y/z",
    "na\u00efve.txt", "src/\u65e5\u672c/\u8a9e.py", 'quo"te', os.fsdecode(b"latin/caf\xe9.txt"), "bin/run", "e/m/pty",
]  # fmt: skip
WORDS = ["", "", "}", "    return x", "# comment", "- item", "-- sql", "++ more", "\tx = 1", "end"]


@dataclass
class Case:
    """A patch, and the tree that it applies to."""

    style: str
    patch: bytes
    tree: Tree


@dataclass
class Outcome:
    """The result of a program for a case."""

    succeeded: bool
    tree: Tree
    log: str


def content(rng: random.Random, size: int) -> bytes:
    lines = [rng.choice(WORDS) if rng.random() < 0.3 else f"line {rng.randrange(10_000)}" for _ in range(size)]
    end = "\r\n" if rng.random() < 0.15 else "\n"
    text = "".join(line + end for line in lines)
    return (text.removesuffix(end) if rng.random() < 0.15 else text).encode()


def edited(rng: random.Random, old: bytes) -> bytes:
    """Return content with some lines added, removed or changed, and sometimes without the last line end."""
    lines = old.splitlines(keepends=True)
    end = b"\r\n" if old[:1] and b"\r\n" in old else b"\n"
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(lines) + 1)
        made = [f"new {rng.randrange(10_000)}".encode() + end for _ in range(rng.randint(0, 2))]
        lines[at : at + rng.randint(0, 2)] = made
    text = b"".join(line if line.endswith(b"\n") else line + end for line in lines)
    return text.removesuffix(end) if rng.random() < 0.15 else text


def first_tree(rng: random.Random) -> Tree:
    names = rng.sample(NAMES, rng.randint(2, 6))
    return {
        name: (content(rng, rng.choice((0, 1, 2, 5, 20, 40))), rng.random() < 0.2 or name == "bin/run")
        for name in names
    }


def next_tree(rng: random.Random, old: Tree) -> Tree:
    """Return a tree in which files are changed, created, removed, moved, copied or emptied, or have other modes."""
    new = dict(old)
    for name in rng.sample(sorted(old), rng.randint(min(1, len(old)), len(old))):
        text, executable = new[name]
        kind = rng.choice(("edit", "edit", "edit", "remove", "empty", "mode", "move", "copy"))
        if kind == "remove":
            del new[name]
        elif kind == "mode":
            new[name] = (edited(rng, text) if rng.random() < 0.5 else text, not executable)
        elif kind in ("move", "copy"):
            target = f"{rng.choice(('moved', 'src', 'new folder'))}/{name.rpartition('/')[2]}.{kind}"
            new[target] = (edited(rng, text) if rng.random() < 0.5 else text, executable)
            if kind == "move":
                del new[name]
        else:
            new[name] = (b"" if kind == "empty" else edited(rng, text), executable)
    for name in rng.sample(NAMES, rng.randint(0, 2)):
        new.setdefault(name, (content(rng, rng.choice((0, 1, 8))), rng.random() < 0.3))
    return new


def drifted(rng: random.Random, tree: Tree) -> Tree:
    """Return the tree of another version: the same files with some other lines."""
    return {name: (edited(rng, text) if text else text, executable) for name, (text, executable) in tree.items()}


def write(folder: Path, tree: Tree) -> Path:
    folder.mkdir(parents=True)
    for name, (text, executable) in tree.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text)
        if executable:
            place.chmod(0o755)
    return folder


def read(folder: Path) -> Tree:
    found: Tree = {}
    for parent, folders, files in os.walk(folder):
        for name in files:
            place = Path(parent, name)
            found[str(place.relative_to(folder))] = (place.read_bytes(), bool(place.stat().st_mode & 0o100))
        if not files and not folders and Path(parent) != folder:
            found[str(Path(parent).relative_to(folder)) + "/"] = (b"", True)
    return found


def shell(folder: Path, script: str) -> None:
    """Run many programs from one shell, which starts them faster than Python."""
    missing = [program for program in ("patch", "diff", "git") if shutil.which(program) is None]
    assert not missing, f"install {', '.join(missing)} (packages patch, diffutils and git): tests compare with them"
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["sh", "-c", script], cwd=folder, check=True, env=env, stdin=subprocess.DEVNULL)


def diffs(folder: Path, pairs: list[tuple[str, Tree, Tree]]) -> list[bytes]:
    """Return the output of ``diff`` for pairs of trees, each with its options."""
    lines = []
    for number, (options, old, new) in enumerate(pairs):
        write(folder / f"{number}/a", old)
        write(folder / f"{number}/b", new)
        zone = ("UTC0", "XXX-1", "YYY5:30")[number % 3]
        lines.append(f"cd {number}; TZ={zone} diff {options} a b > ../{number}.patch; cd ..")
    shell(folder, "\n".join(lines) + "\ntrue")
    return [(folder / f"{number}.patch").read_bytes() for number in range(len(pairs))]


def git_diffs(folder: Path, pairs: list[tuple[str, Tree, Tree]]) -> list[bytes]:
    """Return the output of ``git diff`` for pairs of trees, each with its options."""
    folder.mkdir()
    stream: list[bytes] = []
    for number, (_, old, new) in enumerate(pairs):
        stream += [*_commit(f"{number}-old", old), *_commit(f"{number}-new", new)]
    (folder / "stream").write_bytes(b"".join(stream))
    lines = ["git init -q --bare r; cd r; git fast-import --quiet < ../stream"]
    for number, (options, _, _) in enumerate(pairs):
        lines.append(f"git diff {options} {number}-old {number}-new > ../{number}.patch")
    shell(folder, "\n".join(lines))
    return [(folder / f"{number}.patch").read_bytes() for number in range(len(pairs))]


def _commit(name: str, tree: Tree) -> Iterator[bytes]:
    yield f"commit refs/heads/{name}\ncommitter a <a@b> 0 +0000\ndata 0\n".encode()
    for path, (text, executable) in tree.items():
        quoted = os.fsencode(path).replace(b'"', b'\\"')
        yield b'M %d inline "%s"\ndata %d\n%s\n' % (100755 if executable else 100644, quoted, len(text), text)


def outcomes(folder: Path, cases: list[Case], command: str) -> list[Outcome]:
    """Apply each case with a command that reads the patch from standard input."""
    lines = []
    for number, case in enumerate(cases):
        write(folder / f"{number}/tree", case.tree)
        (folder / f"{number}/patch").write_bytes(case.patch)
        lines.append(f"cd {number}/tree; {command} < ../patch > ../log 2>&1; echo $? > ../status; cd ../..")
    shell(folder, "\n".join(lines))
    return [_outcome(folder / str(number)) for number in range(len(cases))]


def _outcome(folder: Path) -> Outcome:
    log = (folder / "log").read_text(errors="replace")
    # With --batch, GNU patch applies some patches in reverse; that is not a success.
    succeeded = (folder / "status").read_text() == "0\n" and "Assuming -R" not in log
    return Outcome(succeeded, read(folder / "tree"), log)


def ours(folder: Path, cases: list[Case], apply: Callable[[Path, Path], None]) -> list[Outcome]:
    """Apply each case with our function."""
    found = []
    for number, case in enumerate(cases):
        tree = write(folder / f"{number}/tree", case.tree)
        patch = folder / f"{number}/the.patch"
        patch.write_bytes(case.patch)
        log = ""
        try:
            apply(patch, tree)
        except Exception as err:
            log = f"{type(err).__name__}: {err}"
        found.append(Outcome(not log, read(tree), log))
    return found


QUOTED = re.compile(rb'^(--- |\+\+\+ )"([ab]/[^\t\n]*)"\t', re.M)
HEADER = re.compile(rb"^--- a/([^\t\n]*)\t(\d{4}-[^\n]*)\n\+\+\+ b/([^\t\n]*)\t(\d{4}-[^\n]*)\n", re.M)


def headed(patch: bytes, form: bytes, blanks: bool = False) -> bytes:
    """Write the headers of a diff in another form, with ``%(old)s``, ``%(new)s`` and the dates.

    Newer versions of diff quote names with spaces, older ones do not, so the quotes are removed.
    """

    def one(match: re.Match[bytes]) -> bytes:
        if b" " in match[1] and not blanks:
            return match[0]
        return form % {b"old": match[1], b"from": match[2], b"new": match[3], b"to": match[4]}

    return HEADER.sub(one, QUOTED.sub(lambda match: match[1] + codecs.escape_decode(match[2])[0] + b"\t", patch))


STYLES: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda patch: patch,
    "raw": lambda patch: headed(patch, b"--- a/%(old)s\t%(from)s\n+++ b/%(new)s\t%(to)s\n", blanks=True),
    "blanks": lambda patch: headed(patch, b"--- a/%(old)s  %(from)s\n+++ b/%(new)s %(to)s\n"),
    "no dates": lambda patch: headed(patch, b"--- a/%(old)s\n+++ b/%(new)s\n"),
    "empty dates": lambda patch: headed(patch, b"--- a/%(old)s\t\n+++ b/%(new)s\t\n", blanks=True),
    "quilt": lambda patch: headed(
        patch,
        b"Index: p-1/%(old)s\n===\n--- p-1.orig/%(old)s\t%(from)s\n+++ p-1/%(new)s\t%(to)s\n",
        blanks=True,
    ),
    "orig": lambda patch: headed(patch, b"--- p/%(old)s.orig\t%(from)s\n+++ q/%(new)s\t%(to)s\n", blanks=True),
    "new": lambda patch: headed(patch, b"--- p/%(old)s\t%(from)s\n+++ q/%(new)s.new\t%(to)s\n", blanks=True),
    "absolute": lambda patch: headed(patch, b"--- /%(old)s\t%(from)s\n+++ /tmp/%(new)s\t%(to)s\n", blanks=True),
    "short": lambda patch: headed(patch, b"--- %(old)s.orig\t%(from)s\n+++ ./%(new)s\t%(to)s\n"),
    "crlf": lambda patch: patch.replace(b"\n", b"\r\n"),
    "mail": lambda patch: b"From: me\nSubject: why\n\n---\n x | 2 +-\n\n" + patch + b"-- \n2.39.5\n\n",
}
DIFFS = ["-ruN", "-ruN", "-ruN -U0", "-ruN -U1", "-ru", "-ruNp"]
GITS = ["--no-renames", "-M", "-C -C -M50%", "-M -U0", "--no-renames -U1", "-M --full-index", "-M --src-prefix=i/"]


def made(folder: Path, seed: int, count: int) -> list[Case]:
    """Make cases of each style; each patch applies exactly to its tree."""
    rng = random.Random(seed)  # noqa: S311
    plan: list[tuple[str, str, Tree, Tree]] = []
    for style in STYLES:
        for number in range(count):
            old = first_tree(rng)
            plan.append((style, DIFFS[number % len(DIFFS)], old, next_tree(rng, old)))
    patches = diffs(folder / "diff", [(options, old, new) for _, options, old, new in plan])
    cases = [
        Case(f"diff {options}, {style}", STYLES[style](patch), old)
        for (style, options, old, _), patch in zip(plan, patches, strict=True)
    ]
    git_plan: list[tuple[str, Tree, Tree]] = []
    for number in range(4 * count):
        old = first_tree(rng)
        git_plan.append((GITS[number % len(GITS)], old, next_tree(rng, old)))
    patches = git_diffs(folder / "git", git_plan)
    for number, ((options, old, _), patch) in enumerate(zip(git_plan, patches, strict=True)):
        style = ("plain", "plain", "mail")[number % 3]
        cases.append(Case(f"git diff {options}, {style}", STYLES[style](patch), old))
    return [case for case in cases if case.patch]


def series(folder: Path, seed: int, count: int) -> list[Case]:
    """Make cases with two diffs in one patch, where the second diff applies to the result of the first."""
    rng = random.Random(seed)  # noqa: S311
    steps: list[tuple[str, Tree, Tree]] = []
    for _ in range(count):
        old = first_tree(rng)
        new = next_tree(rng, old)
        steps += [("-ruN", old, new), ("-ruN", new, next_tree(rng, new))]
    by_diff = diffs(folder / "diff", steps)
    by_git = git_diffs(folder / "git", [("--no-renames", old, new) for _, old, new in steps])
    return [
        Case(f"{style}, twice", patches[at] + patches[at + 1], steps[at][1])
        for style, patches in (("diff -ruN", by_diff), ("git diff", by_git))
        for at in range(0, len(steps), 2)
        if patches[at] + patches[at + 1]
    ]
