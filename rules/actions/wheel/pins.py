"""Pin requirements in the metadata of an sdist or wheel to other versions."""

import re
from collections.abc import Iterable, Mapping

from actions.errors import ActionError
from actions.names import normalize

_FIELD = re.compile(r"Requires-Dist:\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?([^;]*)(;.*)?", re.IGNORECASE)


def pinned(head: Iterable[str], pins: Mapping[str, str]) -> tuple[list[str], set[str]]:
    """Return the header lines of metadata with pinned requirements, and the packages that are required in it.

    Args:
        head: the lines.
        pins: version specifier by package. Extras and markers of a requirement stay.

    Raises:
        ActionError: a requirement that is to be pinned is an address.
    """
    lines, found = [], set()
    for line in head:
        match = _FIELD.match(line)
        name = normalize(match[1]) if match else ""
        if match is None or name not in pins:
            lines.append(line)
            continue
        if "@" in match[3]:
            raise ActionError(
                f"the requirement {line.partition(':')[2].strip()!r} is an address, which can't be pinned"
            )
        found.add(name)
        marker = f"; {match[4][1:].strip()}" if match[4] else ""
        lines.append(f"Requires-Dist: {match[1]}{match[2] or ''}{pins[name]}{marker}")
    return lines, found


def pinned_metadata(metadata: bytes, pins: Iterable[str]) -> bytes:
    """Return the METADATA of a wheel with pinned requirements.

    Args:
        metadata: the content of the file.
        pins: ``NAME SPECIFIER``; with a leading ``?``, the wheel need not have such a requirement.

    Raises:
        ActionError: the wheel does not have a requirement, or it is an address.
    """
    entries = [(pin.lstrip("?").partition(" "), pin.startswith("?")) for pin in pins]
    text = metadata.decode("utf-8").replace("\r\n", "\n")
    head, blank, body = text.partition("\n\n")
    lines, found = pinned(head.split("\n"), {name: specifier for (name, _, specifier), _ in entries})
    for (name, _, _), is_optional in entries:
        if name not in found and not is_optional:
            raise ActionError(
                f"pin-requires-dist-to-constraint: the wheel does not require {name}. Remove the action from `patch`, "
                "or add `ignore_missing: true` to it"
            )
    return ("\n".join(lines) + blank + body).encode()
