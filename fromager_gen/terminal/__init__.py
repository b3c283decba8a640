"""Output for the user on standard error: messages, progress and logs."""

from fromager_gen.terminal.messages import counted, fail, log_shown, say, share_handlers, start_logging, warn
from fromager_gen.terminal.progress import BuildProgress, Builds, Phases, Progress, QuietBuilds, Repeated, Silent

__all__ = [
    "BuildProgress",
    "Builds",
    "Phases",
    "Progress",
    "QuietBuilds",
    "Repeated",
    "Silent",
    "counted",
    "fail",
    "log_shown",
    "say",
    "share_handlers",
    "start_logging",
    "warn",
]
