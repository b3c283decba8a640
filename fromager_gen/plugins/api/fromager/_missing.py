"""The error for a name of Fromager that does not exist here."""


def missing(name: str) -> AttributeError:
    """Return the error for a name, such as ``fromager.context.WorkContext.settings``."""
    return AttributeError(
        f"{name} of Fromager does not exist in fromager-gen. docs/reference/plugins.md lists the names that exist. Do "
        "without it in the plugin, or ask for it"
    )
