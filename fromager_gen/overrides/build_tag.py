"""Templates of build tags.

A build tag begins with a digit, and contains no dash:
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import re

from fromager_gen.overrides.readers import read_text
from fromager_gen.overrides.value import Value

_FORM = re.compile(r"(?:\{number\}|[0-9])(?:[A-Za-z0-9._]|\{number\}|\{variant\})*")
_FIELD = re.compile(r"\{(\w+)\}")


def read_build_tag(value: Value) -> str:
    """Read the template of a build tag.

    Raises:
        SettingsError: it is not valid; the message names file and line.
    """
    text = read_text(value)
    if not _FORM.fullmatch(text):
        raise value.error(
            f"{text!r} is not a template of a build tag, such as '{{number}}_el9.6'. It begins with {{number}} or a "
            "digit; after it, letters, digits, `.`, `_`, {number} and {variant} are allowed"
        )
    return text


def filled(template: str, number: int, variant: str) -> str:
    """Return a build tag.

    Args:
        template: the template; an empty one is the number.
        number: number of entries in the changelogs.
        variant: name of the variant. Characters that a build tag can't have become `_`.
    """
    values = {"number": str(number), "variant": re.sub(r"[^A-Za-z0-9.]", "_", variant)}
    return _FIELD.sub(lambda found: values[found[1]], template or "{number}")
