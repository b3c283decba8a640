"""Where a bootstrap's targets are built: the workspace below the work directory, written anew for each round."""

import logging
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fromager_gen.addresses import without_credentials
from fromager_gen.bazel import COLLECTED, Bazel, Outcome, build_targets
from fromager_gen.contract import LOCK_FILE
from fromager_gen.errors import GenError, WriteError
from fromager_gen.files import sha256_of_text, write_text
from fromager_gen.graph import Graph, Node, graph_json
from fromager_gen.lock import Lock, LockedFile, make_lock, read_lock
from fromager_gen.overrides import Overrides
from fromager_gen.pipeline.collect import keep_failed_logs
from fromager_gen.pipeline.generate import plan_graph, workspace_files
from fromager_gen.pipeline.options import GlobalOptions, LockOptions
from fromager_gen.terminal import Phases, QuietBuilds, Repeated, Silent
from fromager_gen.write import write_workspace

_log = logging.getLogger(__name__)


@dataclass
class Workbench:
    """A workspace and the Bazel that works in it."""

    bazel: Bazel
    options: GlobalOptions
    overrides: Overrides
    locking: LockOptions
    phases: Phases
    sources: Path
    """Folder of sources that were fetched already; Bazel takes them from there."""
    flags: Sequence[str] = ()
    """Further options of `bazel build`."""
    _first: Lock = field(default_factory=Lock)
    """The lock of an earlier run."""
    _lock: Lock = field(default_factory=Lock)
    _warming: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        """Begin with the lock of an earlier run."""
        self._first = self._lock = read_lock(self.bazel.workspace / LOCK_FILE)

    @property
    def distdir(self) -> str:
        """Return the option that lets Bazel take fetched sources in place of fetching them again."""
        return f"--distdir={self.sources.absolute()}"

    def warm_up(self) -> None:
        """Let Bazel start, find toolchains and pack the actions' programs while sources are still read.

        What goes wrong here will go wrong again, and be told, where it matters.
        """
        self.phases.begin("starting Bazel", 0)
        try:
            self._write(Graph({}, ()), {}, is_whole=False)
            self._warming = self.bazel.start(["//rules:programs"], self.flags)
        except GenError as err:
            _log.debug("Bazel is not started early: %s", err)

    def keep_pins(self) -> None:
        """Leave a lock that holds what it held, though the run failed: an earlier graph is still to be built by it."""
        path = self.bazel.workspace / LOCK_FILE
        files, packages = {**self._lock.files, **self._first.files}, {**self._lock.packages, **self._first.packages}
        both = Lock(files, packages, self._lock.python)
        if path.exists():
            try:
                write_text(path, both.to_text())
            except WriteError as err:  # the run's own error is the one to be reported
                _log.debug("the lock is left as it is: %s", err)

    def end(self) -> None:
        """Leave nothing running and no bar on the screen."""
        self.phases.end()
        if self._warming is not None and self._warming.poll() is None:
            self._warming.send_signal(signal.SIGINT)
            self._warming.wait()

    def write(self, graph: Graph, locked: Mapping[str, LockedFile], is_whole: bool = True) -> tuple[str, ...]:
        """Write the workspace of a graph; return warnings.

        Args:
            graph: the graph.
            locked: files that were fetched already, by the graph's key.
            is_whole: whether it is all that was asked for. The lock is that of the graph then; before, it also holds
                what it held, for a run that fails.
        """
        if self._warming is not None:
            self._warming.wait()  # Bazel still reads the workspace
        return *self._write(graph, locked, is_whole), *self._moved(graph, locked)

    def _moved(self, graph: Graph, locked: Mapping[str, LockedFile]) -> Iterator[str]:
        """Yield warnings: a tag or branch is another commit now, a wheel in `wheels-repo` has other bytes."""
        for node in graph:
            package, new = self._first.packages.get(node.key), locked.get(node.key)
            old = self._first.files.get(package.file) if package is not None else None
            if old and new and old.url == new.url and old.url.startswith("file:") and old.sha256 != new.sha256:
                yield f"{node}: {old.url} has sha256 {new.sha256} now, and had {old.sha256} in the last run"
            if old and new and old.git == new.git and old.commit != new.commit:
                url = without_credentials(node.url)
                yield f"{node}: {url} is commit {new.commit} now, and was {old.commit} in the last run"

    def _write(self, graph: Graph, locked: Mapping[str, LockedFile], is_whole: bool) -> tuple[str, ...]:
        request = replace(self.locking.request(self.options, self.overrides), known=locked, sources=self.sources)
        lock = make_lock(graph, self._lock, request, Silent())
        # What this graph does not name may be back in the next round's.
        self._lock = Lock({**self._lock.files, **lock.files}, {**self._lock.packages, **lock.packages}, lock.python)
        if is_whole:
            graph = replace(graph, sha256=sha256_of_text(graph_json(graph)))
        plan = plan_graph(self.options, graph, lock, self.overrides)
        files = workspace_files(plan, lock if is_whole else self._lock, self.options.patches_dir)
        write_workspace(files, self.bazel.workspace, taken_over={LOCK_FILE})
        return plan.warnings

    def build(
        self,
        graph: Graph,
        wanted: Sequence[tuple[Node, str]],
        locked: Mapping[str, LockedFile],
        guessed: Sequence[tuple[Node, str]] = (),
    ) -> Outcome:
        """Write the graph's workspace and build targets in it; an error is part of the outcome."""
        self.write(graph, locked, is_whole=False)
        self.phases.end()
        flags = ["--keep_going", self.distdir, *self.flags]
        targets = [*wanted, *guessed]
        counted = {target for _, target in targets} - {*COLLECTED[:-1]}
        shown = QuietBuilds if wanted else Repeated
        with shown(sum(target in counted for _, target in targets), "asking") as progress:
            outcome = build_targets(self.bazel, targets, flags, progress, sorted(counted))
            matters = not all(outcome.of(node, target) for node, target in wanted)
            progress.end(matters)
        if matters:
            keep_failed_logs(outcome, graph, self.options.logs)
        return outcome
