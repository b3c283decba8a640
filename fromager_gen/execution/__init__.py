"""Bazel's execution logs: what each action was given, where it ran, and why it ran again."""

from fromager_gen.execution.explain import Explanation, explain
from fromager_gen.execution.kept import Logs
from fromager_gen.execution.layers import layers_text, makes_wheel
from fromager_gen.execution.log import ExecutionLog, Spawn, read_log
from fromager_gen.execution.results import ResultTimes

__all__ = [
    "ExecutionLog",
    "Explanation",
    "Logs",
    "ResultTimes",
    "Spawn",
    "explain",
    "layers_text",
    "makes_wheel",
    "read_log",
]
