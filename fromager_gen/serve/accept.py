"""Select the form of a page by the header `Accept`.

See https://packaging.python.org/en/latest/specifications/simple-repository-api/#version-format-selection and
https://www.rfc-editor.org/rfc/rfc9110.html#name-accept.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from fromager_gen.wheel_index import HTML, HTML_V1, JSON_V1, TYPES

_LATEST = {
    "application/vnd.pypi.simple.latest+json": JSON_V1,
    "application/vnd.pypi.simple.latest+html": HTML_V1,
}
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
_ANY = 0
_SOME = 1
_EXACT = 2


class _Range(NamedTuple):
    """A type, or several types such as `text/*`, that a client accepts."""

    type: str
    quality: float

    def fits(self, kind: str) -> int | None:
        """Return how precisely the range names a type, or None if it does not."""
        if self.type == kind or _LATEST.get(self.type) == kind:
            return _EXACT
        if self.type == f"{kind.partition('/')[0]}/*":
            return _SOME
        return _ANY if self.type == "*/*" else None


def select(headers: Sequence[str]) -> str | None:
    """Return the type to respond with, or None if the client accepts none of `TYPES`.

    A client that does not name any of them, such as a browser, gets HTML.

    Args:
        headers: the values of all headers `Accept`.
    """
    text = ",".join(headers)
    if not text.strip(" ,\t"):
        return HTML
    ranges = [found for part in text.split(",") if (found := _range(part)) is not None]
    rated = {kind: _rated(kind, ranges) for kind in TYPES}
    accepted = [kind for kind in TYPES if rated[kind][0] > 0]
    return max(accepted, key=lambda kind: (*rated[kind], _preference(kind, rated[kind][1])), default=None)


def _range(text: str) -> _Range | None:
    """Parse one element of the header; an invalid one is ignored."""
    kind, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            if not _QUALITY.fullmatch(value.strip()):
                return None
            quality = float(value)
    return _Range(kind, quality) if kind else None


def _rated(kind: str, ranges: Sequence[_Range]) -> tuple[float, int]:
    """Return the quality of a type, which is that of the most precise range, and how precise it is."""
    fitting = [(precision, one.quality) for one in ranges if (precision := one.fits(kind)) is not None]
    precision, quality = max(fitting, default=(_ANY, 0.0))
    return quality, precision


def _preference(kind: str, precision: int) -> int:
    """Prefer JSON among types that the client names, and HTML among those that it only accepts."""
    place = TYPES.index(kind)
    return -place if precision == _EXACT else place
