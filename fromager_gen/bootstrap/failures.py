"""Go on after failures: what failed, and what replaces it or is left out because of it."""

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager_gen.bootstrap.store import SourceStore
from fromager_gen.errors import BuildError, GenError, ResolutionError
from fromager_gen.files import write_text
from fromager_gen.overrides import Overrides
from fromager_gen.resolve import Candidate, Finder, Without
from fromager_gen.terminal import warn

_log = logging.getLogger(__name__)
RESOLUTION, BOOTSTRAP = "resolution", "bootstrap"
PARTIAL = "partial-failures.json"
_COLORS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Failure:
    """One version that can't be built, or a package whose requirement no version fits."""

    name: str
    version: str | None
    kind: str
    """``resolution`` or ``bootstrap``."""
    error: str
    """The class of the error."""
    message: str

    def __str__(self) -> str:
        """Return name and version as the log shows them."""
        return f"{self.name}=={self.version}" if self.version else self.name


@dataclass
class Failures:
    """Decides for each error what a run does without, in ``--test-mode`` and with ``--multiple-versions``."""

    finder: Finder
    store: SourceStore
    without: Without
    is_test: bool
    """Whether a version that fails is replaced by a published wheel, and not by another version."""
    found: list[Failure] = field(default_factory=list)

    def take(self, error: GenError) -> bool:
        """Note a failure, and change what is resolved; return False if its cause is not a package or a requirement."""
        if isinstance(error, ResolutionError) and error.unfit:
            for text in error.unfit:
                self._leave_out(Requirement(text), error)
            return True
        for key in error.packages:
            self._fail(key, error)
        return bool(error.packages)

    def contradict(self, names: Sequence[str], error: ResolutionError) -> None:
        """Note packages of which no version fits all requirements of the top level."""
        for name in names:
            self._note(Failure(name, None, RESOLUTION, type(error).__name__, _plain(str(error))))

    def _leave_out(self, requirement: Requirement, error: ResolutionError) -> None:
        self.without.requirements.add(str(requirement))
        name = str(canonicalize_name(requirement.name))
        failed = (Version(one.version) for one in self.found if one.name == name and one.version)
        if not any(requirement.specifier.contains(version, prereleases=True) for version in failed):
            self._note(Failure(name, None, RESOLUTION, type(error).__name__, _plain(str(error))))

    def _fail(self, key: str, error: GenError) -> None:
        name, _, version = key.partition("==")
        reasons = error.reasons if isinstance(error, BuildError) else {}
        why = _plain(reasons.get(key, str(error)))
        if not self.is_test:
            self.finder.refused.add(key)
            self._note(Failure(name, version, BOOTSTRAP, type(error).__name__, why))
        elif not self._replace(key, name, version, why):
            self.without.broken.add(key)
            self._note(Failure(name, version, BOOTSTRAP, type(error).__name__, why))

    def _replace(self, key: str, name: str, version: str, why: str) -> bool:
        """Use the wheel of the index for a version, and return whether there is one."""
        if key in self.finder.replaced or self.finder.overrides.settings(name, version).pre_built:
            return False
        _log.warning("test mode: build failed for %s, attempting pre-built fallback: %s", key, why)
        try:
            wheel = next((one for one in self._wheels(name) if one.version == Version(version)), None)
            if wheel is not None:
                self.store.read([wheel], lambda done: None)
        except GenError as other:
            _log.error("test mode: pre-built fallback also failed for %s: %s", name, other)
            return False
        if wheel is None:
            _log.error("test mode: pre-built fallback also failed for %s: the index has no wheel of %s", name, version)
            return False
        self.finder.replaced[key] = wheel
        self.store.overrides.replaced.add(key)
        _log.info("test mode: successfully used pre-built wheel for %s", key)
        return True

    def _wheels(self, name: str) -> tuple[Candidate, ...]:
        """Return the wheels of a package that its index has for this Python and platform."""
        finder = self.finder
        own = replace(finder.overrides.settings(name), pre_built=True, by_version=None)
        wheels = Finder(finder.index_for, Overrides(packages={name: own}), finder.python, finder.tags, finder.ages)
        return wheels.candidates(name, pinned=True)

    def _note(self, failure: Failure) -> None:
        self.found.append(failure)
        what = "failed to resolve" if failure.version is None else "failed to build"
        if self.is_test:
            _log.error("test mode: %s failed for %s: %s", failure.kind, failure, failure.message)
        warn(f"{failure}: {what}: {failure.error}: {failure.message}")


def _plain(text: str) -> str:
    return _COLORS.sub("", text)


def write_partial(work_dir: Path, failures: Sequence[Failure]) -> None:
    """Write the failures of a run with several versions in Fromager's format, or remove the file of an earlier run.

    Raises:
        WriteError: the file can't be written.
    """
    path = work_dir / PARTIAL
    if not failures:
        path.unlink(missing_ok=True)
        return
    _log.warning("%d version(s) failed to bootstrap:", len(failures))
    for one in failures:
        _log.warning("  %s: %s: %s", one, one.error, one.message)
    rows = [
        {
            "name": str(one),
            "version": one.version,
            "phase": "failed to resolve" if one.version is None else "failed to build",
            "error_type": one.error,
            "message": one.message,
        }
        for one in sorted(failures, key=str)
    ]
    write_text(path, json.dumps({"failures": rows}, indent=2) + "\n")


def write_test_failures(work_dir: Path, failures: Sequence[Failure]) -> Path:
    """Write the failures of a run in test mode in Fromager's format, and return the file, named by the time in UTC.

    Raises:
        WriteError: the file can't be written.
    """
    now = datetime.now(timezone.utc).strftime("%Y%m%d-%H%M%S-%f")  # noqa: UP017
    path = work_dir / f"test-mode-failures-{now}.json"
    rows = [
        {
            "package": one.name,
            "version": one.version,
            "exception_type": one.error,
            "exception_message": one.message,
            "failure_type": one.kind,
        }
        for one in failures
    ]
    write_text(path, json.dumps({"failures": rows}, indent=2))
    return path
