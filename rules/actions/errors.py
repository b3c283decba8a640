"""The one error that an action reports: a sentence that names the package, what was found and what to do."""


class ActionError(Exception):
    """The action can't go on; its text is what the user reads, without a traceback."""
