"""Run Bazel in a workspace: find the program, follow its events, and return its outputs."""

from fromager_gen.bazel.program import Bazel, find_bazel
from fromager_gen.bazel.server_check import ServerCheck, check_server
from fromager_gen.bazel.targets import COLLECTED, Outcome, build, build_targets, targets_of

__all__ = [
    "COLLECTED",
    "Bazel",
    "Outcome",
    "ServerCheck",
    "build",
    "build_targets",
    "check_server",
    "find_bazel",
    "targets_of",
]
