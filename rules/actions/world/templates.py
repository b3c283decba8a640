"""Fromager's templates for the environment variables of a package, which are its setting `env`."""

import string
from collections.abc import Sequence

from actions.errors import ActionError


class _Template(string.Template):
    """Fromager's template language for settings: $NAME, ${NAME}, ${NAME:-default}, $$."""

    braceidpattern = r"(?a:[_a-zA-Z][_a-zA-Z0-9]*)(?::-[^:}]*)?"


class _Lookup(dict[str, str]):
    """Variables for one template; as in Fromager, the first default of a name applies to the whole template."""

    def __missing__(self, key: str) -> str:
        name, colon, default = key.partition(":-")
        if name not in self and not colon:
            raise KeyError(name)
        return self.setdefault(name, default)


def expand(variables: dict[str, str], settings: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Add a package's variables to those of a build; each template sees all variables before it.

    Raises:
        ActionError: a template names a variable that is not set, without a default.
    """
    result = dict(variables)
    for name, template in settings:
        try:
            result[name] = _Template(template).substitute(_Lookup(result))
        except KeyError as err:
            raise ActionError(
                f"setting env.{name} = {template!r} needs ${{{err.args[0]}}}, which is not set in builds. "
                f"Give it a default: ${{{err.args[0]}:-...}}."
            ) from None
        except ValueError as err:
            raise ActionError(f"setting env.{name} = {template!r}: {err}") from None
    return result
