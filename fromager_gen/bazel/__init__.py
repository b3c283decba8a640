"""Bazel builds a workspace: the program, what it says while it runs, and what it made."""

from fromager_gen.bazel.program import Bazel, find_bazel
from fromager_gen.bazel.targets import COLLECTED, Outcome, build, build_targets, targets_of

__all__ = ["COLLECTED", "Bazel", "Outcome", "build", "build_targets", "find_bazel", "targets_of"]
