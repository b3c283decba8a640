"""Build the targets of a bootstrap in the workspace below the work directory, which each round writes again."""

import logging
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fromager_gen.addresses import without_credentials
from fromager_gen.bazel import COLLECTED, Bazel, Outcome, build_targets
from fromager_gen.contract import LOCK_FILE, TOOLCHAINS_LOCK
from fromager_gen.errors import GenError, WriteError
from fromager_gen.files import sha256_of_text, write_text
from fromager_gen.graph import Graph, Node, graph_json
from fromager_gen.lock import Lock, LockedFile, make_lock, read_lock
from fromager_gen.overrides import Overrides
from fromager_gen.pipeline.collect import keep_failed_logs
from fromager_gen.pipeline.generate import lock_request, lock_toolchains, plan_graph, workspace_files
from fromager_gen.pipeline.options import GlobalOptions, LockOptions
from fromager_gen.pipeline.plugin_files import keep_plugin_files
from fromager_gen.terminal import Phases, QuietBuilds, Repeated, Silent
from fromager_gen.toolchains import ToolchainsLock
from fromager_gen.write import write_workspace

_log = logging.getLogger(__name__)


@dataclass
class Workbench:
    """A workspace and the Bazel that runs in it."""

    bazel: Bazel
    options: GlobalOptions
    overrides: Overrides
    locking: LockOptions
    phases: Phases
    sources: Path
    """Folder of downloaded sources. Bazel uses them instead of downloading them again."""
    flags: Sequence[str] = ()
    """Additional options for `bazel build`."""
    previous: Lock = field(default_factory=Lock)
    """The lock of an earlier run."""
    _lock: Lock = field(default_factory=Lock)
    _toolchains: ToolchainsLock | None = None
    _warming: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        """Read the lock of an earlier run, and pin the toolchains."""
        self.previous = self._lock = read_lock(self.bazel.workspace / LOCK_FILE)
        self._toolchains = lock_toolchains(self.options, self.bazel.workspace, self.locking.index_url)

    @property
    def distdir(self) -> str:
        """Return the option that lets Bazel use downloaded sources."""
        return f"--distdir={self.sources.absolute()}"

    def warm_up(self) -> None:
        """Start Bazel in the background. It finds toolchains and packs the actions' programs while sources are read.

        Errors are ignored here. The first real build reports them.
        """
        self.phases.begin("starting Bazel", 0)
        try:
            self._write(Graph({}, ()), {}, is_whole=False)
            self._warming = self.bazel.start(["//rules:programs"], self.flags)
        except GenError as err:
            _log.debug("Bazel cannot be started early: %s", err)

    def keep_pins(self) -> None:
        """Restore the entries of the previous lock after a failed run. The graph of an earlier run still needs them."""
        path = self.bazel.workspace / LOCK_FILE
        files, packages = {**self._lock.files, **self.previous.files}, {**self._lock.packages, **self.previous.packages}
        both = Lock(files, packages, self._lock.python)
        if path.exists():
            try:
                write_text(path, both.to_text())
            except WriteError as err:  # the error of the run itself is reported
                _log.debug("the lock is not updated: %s", err)

    def end(self) -> None:
        """End background processes and the progress bar."""
        self.phases.end()
        if self._warming is not None and self._warming.poll() is None:
            self._warming.send_signal(signal.SIGINT)
            self._warming.wait()

    def write(self, graph: Graph, locked: Mapping[str, LockedFile], is_whole: bool = True) -> tuple[str, ...]:
        """Write the workspace of a graph, and return warnings.

        Args:
            graph: the graph.
            locked: downloaded files, by the graph's key.
            is_whole: whether the graph is complete. If so, the lock contains only the files of the graph. Otherwise,
                it also contains the previous entries, in case the run fails.
        """
        if self._warming is not None:
            self._warming.wait()  # Bazel may still read the workspace
        return *self._write(graph, locked, is_whole), *self._moved(graph, locked)

    def _moved(self, graph: Graph, locked: Mapping[str, LockedFile]) -> Iterator[str]:
        """Yield a warning for each tag or branch that has moved, and for each changed wheel in `wheels-repo`."""
        for node in graph:
            package, new = self.previous.packages.get(node.key), locked.get(node.key)
            old = self.previous.files.get(package.file) if package is not None else None
            if old and new and old.url == new.url and old.url.startswith("file:") and old.sha256 != new.sha256:
                yield f"{node}: the sha256 of {old.url} is now {new.sha256}; it was {old.sha256} in the last run"
            if old and new and old.git == new.git and old.commit != new.commit:
                url = without_credentials(node.url)
                yield f"{node}: {url} is now commit {new.commit}; it was {old.commit} in the last run"

    def _write(self, graph: Graph, locked: Mapping[str, LockedFile], is_whole: bool) -> tuple[str, ...]:
        request = replace(lock_request(self.options, self.overrides, self.locking), known=locked, sources=self.sources)
        lock = make_lock(graph, self._lock, request, Silent())
        # Keep all entries: the graph of the next round may need them again.
        self._lock = Lock({**self._lock.files, **lock.files}, {**self._lock.packages, **lock.packages}, lock.python)
        if is_whole:
            graph = replace(graph, sha256=sha256_of_text(graph_json(graph)))
        plan = plan_graph(self.options, graph, lock, self.overrides)
        written = lock if is_whole else self._lock
        plugins = self.overrides.plugins
        files = workspace_files(plan, written, self.options.patches_dir, self._toolchains, plugins)
        write_workspace(files, self.bazel.workspace, taken_over={LOCK_FILE, TOOLCHAINS_LOCK})
        return plan.warnings

    def build(
        self,
        graph: Graph,
        wanted: Sequence[tuple[Node, str]],
        locked: Mapping[str, LockedFile],
        guessed: Sequence[tuple[Node, str]] = (),
    ) -> Outcome:
        """Write the workspace of a graph and build targets in it. An error is part of the outcome."""
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
        keep_plugin_files(outcome, graph, self.options.work_dir, self.overrides.plugins)
        if matters:
            keep_failed_logs(outcome, graph, self.options.work_dir)
        return outcome
