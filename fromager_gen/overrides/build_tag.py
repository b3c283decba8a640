"""Templates of build tags.

A build tag begins with a digit, and contains no dash:
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import re
from collections.abc import Mapping

from fromager_gen.errors import SettingsError
from fromager_gen.overrides.readers import read_text
from fromager_gen.overrides.value import Value

_FORM = re.compile(r"(?:\{number\}|[0-9])(?:[A-Za-z0-9._]|\{(?:number|variant|constraint:[a-z0-9]+(?:-[a-z0-9]+)*)\})*")
_FIELD = re.compile(r"\{([a-z]+)(?::([a-z0-9-]+))?\}")
_NO_ZERO = "the number at the beginning of a build tag has no leading 0, since programs compare it as a number"
_PIN = re.compile(r"==\s*([^,*\s]+)")


def read_build_tag(value: Value) -> str:
    """Read the template of a build tag.

    Raises:
        SettingsError: it is not valid; the message names file and line.
    """
    text = read_text(value)
    if not _FORM.fullmatch(text):
        raise value.error(
            f"{text!r} is not a template of a build tag, such as '{{number}}_el9.6'. It begins with {{number}} or a "
            "digit; after it, letters, digits, `.`, `_`, {number}, {variant} and {constraint:NAME} are allowed"
        )
    if re.match(r"0[0-9{]", text):
        raise value.error(f"{text!r} begins with a 0 before other digits or a field; {_NO_ZERO}")
    return text


def filled(template: str, number: int, variant: str, constraints: Mapping[str, str]) -> str:
    """Return a build tag. Characters that a build tag can't have become `_`.

    Args:
        template: the template; an empty one is the number.
        number: number of entries in the changelogs.
        variant: name of the variant.
        constraints: version specifiers by package.

    Raises:
        SettingsError: a package in the template has no constraint that names one version, or the tag has a leading 0.
    """

    def value(field: re.Match[str]) -> str:
        if field[1] != "constraint":
            return str(number) if field[1] == "number" else re.sub(r"[^A-Za-z0-9.]", "_", variant)
        pin = _PIN.fullmatch(constraints.get(field[2], ""))
        if pin is None:
            raise SettingsError(
                f"the build tag {template!r} needs a constraint that names one version of {field[2]}: {field[2]}==..."
            )
        return re.sub(r"[^A-Za-z0-9.]", "_", pin[1])

    tag = _FIELD.sub(value, template or "{number}")
    if re.match("0[0-9]", tag):
        raise SettingsError(f"the template {template!r} gives the build tag {tag}; {_NO_ZERO}")
    return tag
