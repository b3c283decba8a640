"""The two modes of a bootstrap that go on after failures: ``--test-mode`` and ``--multiple-versions``."""

import logging
from pathlib import Path

from fromager_gen.bootstrap import Begun, Discovery, Failures, write_partial, write_test_failures
from fromager_gen.pipeline.options import BootstrapOptions
from fromager_gen.terminal import say

_log = logging.getLogger(__name__)


def failures_of(begun: Begun, asked: BootstrapOptions) -> Failures | None:
    """Return what decides how the run goes on after failures, or None if the first failure ends it."""
    if asked.test_mode:
        _log.info("test mode enabled: will continue processing after failures and report at end")
    if asked.multiple_versions:
        _log.info("multiple versions mode enabled: will bootstrap all matching versions")
    if not asked.test_mode and not asked.multiple_versions:
        return None
    return Failures(begun.finder, begun.store, begun.collection.without, is_test=asked.test_mode)


def write_failures(discovery: Discovery, work_dir: Path) -> str:
    """Write the files about failures; those of earlier runs in test mode stay.

    Returns:
        The failures that matter for the exit code, in one line; empty if there are none.

    Raises:
        WriteError: a file can't be written.
    """
    failures = discovery.failures
    write_partial(work_dir, failures.found if failures is not None and discovery.collection.every_version else ())
    if failures is None or not failures.is_test:
        return ""
    if not failures.found:
        _log.info("test mode: all packages processed successfully")
        return ""
    path = write_test_failures(work_dir, failures.found)
    say(f"test mode: wrote failure report to {path}")
    return f"test mode: {len(failures.found)} package(s) failed: {', '.join(one.name for one in failures.found)}"
