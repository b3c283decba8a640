"""The execution logs that a workspace keeps, of its latest builds."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fromager_gen.write import STATE

_FOLDER = "executions"
_KEPT = 50
_SUFFIX = ".binpb.zst"
_TIME = "%Y%m%dT%H%M%S.%f"


@dataclass(frozen=True)
class Logs:
    """A folder of execution logs, each named by the time at which its build began."""

    folder: Path

    @classmethod
    def of(cls, workspace: Path) -> "Logs":
        """Return the logs of a workspace."""
        return cls(workspace / STATE / _FOLDER)

    def new(self) -> Path:
        """Return the path of the log of a build that begins now, and remove the oldest logs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.newest()[_KEPT - 1 :]:
            old.unlink(missing_ok=True)
        return self.folder.absolute() / f"{datetime.now(UTC):{_TIME}}{_SUFFIX}"

    def newest(self) -> list[Path]:
        """Return the paths of all logs, the newest first."""
        found = [(path.stat().st_mtime_ns, path) for path in self.folder.glob(f"*{_SUFFIX}")]
        return [path for _, path in sorted(found, reverse=True)]


def began(log: Path) -> str:
    """Return when the build of a log began, in local time."""
    try:
        time = datetime.strptime(log.name.removesuffix(_SUFFIX), _TIME).replace(tzinfo=UTC)
    except ValueError:
        return log.name
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S}"
