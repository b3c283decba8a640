"""Sixth stage: Bazel builds a workspace, and what it made is copied to Fromager's folders."""

from fromager_gen.build.bazel import Bazel, find_bazel
from fromager_gen.build.collection import (
    COLLECTED,
    Collected,
    Outcome,
    build,
    build_targets,
    collect,
    keep_failed_logs,
    summary_texts,
    targets_of,
)
from fromager_gen.build.repos import Repos

__all__ = [
    "COLLECTED",
    "Bazel",
    "Collected",
    "Outcome",
    "Repos",
    "build",
    "build_targets",
    "collect",
    "find_bazel",
    "keep_failed_logs",
    "summary_texts",
    "targets_of",
]
