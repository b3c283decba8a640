"""Bootstrap a graph from requirements: read sources, and ask backends through Bazel, round by round."""

from fromager_gen.bootstrap.bench import Wanted
from fromager_gen.bootstrap.discovery import Discovery
from fromager_gen.bootstrap.failures import Failures, write_partial, write_test_failures
from fromager_gen.bootstrap.inputs import read_constraints, read_texts
from fromager_gen.bootstrap.memory import FAILURES, Memory
from fromager_gen.bootstrap.outputs import QUESTIONS, read_questions, write_outputs, write_questions
from fromager_gen.bootstrap.plugin_sources import own_sources, source_plugins
from fromager_gen.bootstrap.request import Begun, BootstrapRequest, begin, begin_with
from fromager_gen.bootstrap.verify import verify

__all__ = [
    "FAILURES",
    "QUESTIONS",
    "Begun",
    "BootstrapRequest",
    "Discovery",
    "Failures",
    "Memory",
    "Wanted",
    "begin",
    "begin_with",
    "own_sources",
    "read_constraints",
    "read_questions",
    "read_texts",
    "source_plugins",
    "verify",
    "write_outputs",
    "write_partial",
    "write_questions",
    "write_test_failures",
]
