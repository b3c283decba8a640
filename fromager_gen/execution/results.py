"""How long actions took whose results are from caches: a result has the times of its execution.

The messages are ActionResult in
https://github.com/bazelbuild/remote-apis/blob/main/build/bazel/remote/execution/v2/remote_execution.proto, and LogEntry
in https://github.com/bazelbuild/bazel/blob/master/src/main/protobuf/remote_execution_log.proto.
"""

import logging
from dataclasses import dataclass, field
from pathlib import Path

from fromager_gen.execution.protobuf import child, messages, seconds

_log = logging.getLogger(__name__)

# Fields of ActionResult, ExecutedActionMetadata, LogEntry, RpcCallDetails, GetActionResultDetails and its request.
_METADATA, _STARTED, _COMPLETED = 9, 7, 8
_DETAILS, _GET_RESULT, _REQUEST, _RESPONSE, _DIGEST = 4, 8, 1, 2, 2


@dataclass
class ResultTimes:
    """The execution times of results in caches."""

    disk_cache: Path | None = None
    """Folder of the disk cache; None without one."""
    _seconds: dict[str, float] = field(default_factory=dict)

    def of(self, digest: str) -> float:
        """Return the seconds that an action took; 0 if they are not known.

        Args:
            digest: the action's key in caches, in hex.
        """
        if digest not in self._seconds and self.disk_cache is not None and digest:
            try:
                self._seconds[digest] = seconds_of_result((self.disk_cache / "ac" / digest[:2] / digest).read_bytes())
            except (OSError, ValueError) as err:
                _log.debug("the time of an action is not known: %s", err)
        return self._seconds.get(digest, 0)

    def add_calls(self, path: Path) -> None:
        """Add the times in a log of Bazel's calls of a gRPC cache; there is none without such a cache."""
        try:
            for message in messages(path.read_bytes()):
                details = child(child(message, _DETAILS), _GET_RESULT)
                digest = child(child(child(details, _REQUEST), _DIGEST), 1).decode()
                took = seconds_of_result(child(details, _RESPONSE))
                if digest and took:
                    self._seconds[digest] = took
        except (OSError, ValueError) as err:
            _log.debug("the times of remote results are not known: %s", err)


def seconds_of_result(result: bytes) -> float:
    """Return how long the action of a result took; 0 if the result does not say.

    Raises:
        ValueError: it is not a result.
    """
    metadata = child(result, _METADATA)
    started, completed = (seconds(child(metadata, name)) for name in (_STARTED, _COMPLETED))
    return max(0.0, completed - started) if started and completed else 0.0
