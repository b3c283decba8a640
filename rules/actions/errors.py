"""The one error that an action reports: the package, what was found and what to do."""


class ActionError(Exception):
    """An error that ends the action; the user sees its text, without a traceback."""
