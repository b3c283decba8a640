"""Why an action ran again: what differs from the build before, and why that differs."""

import difflib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fromager_gen.errors import InputError
from fromager_gen.execution.kept import began
from fromager_gen.execution.log import Action, ExecutionLog, Spawn, read_log

_log = logging.getLogger(__name__)
_SHOWN = 160
# Python ends a program that nests more than about 300 of these.
_DEEPEST = 50


@dataclass(frozen=True)
class Cause:
    """One difference between two runs of an action."""

    kind: str
    """``input``, ``argument``, ``variable`` or ``property``."""
    name: str
    before: str
    """Digest or value in the build before; empty if it did not have this one."""
    after: str
    """Digest or value in the latest build; empty if it does not have this one."""
    made_by: "Explanation | None" = None
    """Why the action ran again that made this input."""

    def __str__(self) -> str:
        """Return the difference in one line."""
        if not self.before or not self.after:
            return f"{'new' if self.after else 'removed'} {self.kind} {_short(self.name or self.after or self.before)}"
        if self.kind == "input":
            return f"changed input {self.name}"
        what = " ".join(filter(None, (self.kind, self.name)))
        return f"changed {what}: {_short(self.before)} before, now {_short(self.after)}"


@dataclass(frozen=True)
class Explanation:
    """The latest run of an action, and how it differs from the run before."""

    spawn: Spawn
    when: str
    before: str
    """When the run before was; empty if no kept log has one."""
    causes: tuple[Cause, ...] = ()

    @property
    def ran(self) -> str:
        """Where its result came from."""
        if self.spawn.is_hit:
            return f"its result is from a cache ({self.spawn.runner})"
        failed = f", and failed with exit code {self.spawn.exit_code}" if self.spawn.exit_code else ""
        return f"it ran for {self.spawn.seconds:.1f} s ({self.spawn.runner}){failed}"

    def lines(self, indent: int = 0) -> Iterator[str]:
        """Yield the explanation as lines, with the reason of each changed input below it."""
        space = " " * indent
        yield f"{space}{self.spawn.label} ({self.spawn.mnemonic}): on {self.when}, {self.ran}"
        if not self.before:
            yield f"{space}  no earlier run of it is known"
            return
        if not self.causes:
            yield (
                f"{space}  nothing that it depends on has changed since {self.before}: its outputs were removed, or "
                "the caches of this build do not have them"
            )
        for cause in self.causes:
            yield f"{space}  {cause}"
            if cause.made_by is not None:
                yield from cause.made_by.lines(indent + 4)

    def as_json(self) -> dict[str, object]:
        """Return the explanation as JSON values."""
        causes = [
            {
                "kind": cause.kind, "name": cause.name, "before": cause.before, "after": cause.after,
                "made_by": cause.made_by.as_json() if cause.made_by else None,
            }
            for cause in self.causes
        ]  # fmt: skip
        return {
            "label": self.spawn.label,
            "mnemonic": self.spawn.mnemonic,
            "when": self.when,
            "runner": self.spawn.runner,
            "from_cache": self.spawn.is_hit,
            "seconds": round(self.spawn.seconds, 3),
            "exit_code": self.spawn.exit_code,
            "before": self.before or None,
            "causes": causes,
        }


def explain(logs: Iterable[Path], prefix: str) -> list[Explanation]:
    """Explain the latest run of each action whose label begins with a prefix.

    Args:
        logs: execution logs, the newest first.
        prefix: start of the labels, such as ``//packages/pbr/7.1.3:``.

    Returns:
        An explanation for each action, the latest first. An action that is part of the explanation of another one has
        none of its own.
    """
    history = _History(list(logs))
    latest: dict[Action, tuple[int, Spawn]] = {}
    for number in range(len(history.paths)):
        for spawn in reversed(history.log(number).spawns):
            if spawn.label.startswith(prefix):
                latest.setdefault(spawn.action, (number, spawn))
    seen: set[Action] = set()
    return [history.explain(number, spawn, seen) for number, spawn in latest.values() if spawn.action not in seen]


@dataclass
class _History:
    """Execution logs, which are read when they are needed."""

    paths: list[Path]
    _read: dict[int, ExecutionLog] = field(default_factory=dict)

    def log(self, number: int) -> ExecutionLog:
        if number not in self._read:
            try:
                self._read[number] = read_log(self.paths[number])
            except InputError as err:
                _log.warning("%s; it is ignored", err)
                self._read[number] = ExecutionLog()
        return self._read[number]

    def explain(self, number: int, spawn: Spawn, seen: set[Action], depth: int = 0) -> Explanation:
        """Explain a run in one of the logs.

        Args:
            number: the log.
            spawn: the run.
            seen: actions that were explained already; they are not explained again.
            depth: number of explanations that this one is part of.
        """
        seen.add(spawn.action)
        when = began(self.paths[number])
        for older in range(number + 1, len(self.paths)):
            log = self.log(older)
            # The last run of a build: an action that lost its worker may have several.
            found = next((one for one in reversed(log.spawns) if one.action == spawn.action), None)
            if found is not None:
                causes = tuple(self._causes(number, spawn, log.inputs(found), found, seen, depth))
                return Explanation(spawn, when, began(self.paths[older]), causes)
        return Explanation(spawn, when, "")

    def _causes(
        self, number: int, spawn: Spawn, old: Mapping[str, str], before: Spawn, seen: set[Action], depth: int
    ) -> Iterator[Cause]:
        log = self.log(number)
        new = log.inputs(spawn)
        for path in sorted(name for name in {*old, *new} if old.get(name) != new.get(name)):
            maker = log.by_output.get(path)
            is_new = maker is not None and maker.action not in seen and depth < _DEEPEST
            made_by = self.explain(number, maker, seen, depth + 1) if maker and is_new else None
            yield Cause("input", path, old.get(path, ""), new.get(path, ""), made_by)
        yield from _arguments(before.arguments, spawn.arguments)
        for kind, was, now in (
            ("variable", before.variables, spawn.variables),
            ("property", before.platform, spawn.platform),
        ):
            for name in sorted(name for name in {*was, *now} if was.get(name) != now.get(name)):
                yield Cause(kind, name, was.get(name, ""), now.get(name, ""))


def _arguments(before: Sequence[str], after: Sequence[str]) -> Iterator[Cause]:
    for what, i, j, k, m in difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if what != "equal":
            name = after[k - 1] if what == "replace" and k else ""
            yield Cause("argument", name, " ".join(before[i:j]), " ".join(after[k:m]))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
