"""Call the hook of the setting ``wheels.build_tag_hook``, which adds segments to the build tags of wheels.

https://fromager.readthedocs.io/en/latest/reference/config-reference.html
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.tags import Tag, sys_tags
from packaging.version import Version

from fromager_gen.errors import SettingsError
from fromager_gen.plugins.host import HostContext, named

_log = logging.getLogger(__name__)
_SEGMENT = re.compile(r"[A-Za-z0-9.]+")
_PURE = frozenset({Tag("py3", "none", "any")})


@dataclass(frozen=True)
class BuildTagHook:
    """A function of a plugin that returns the segments of a wheel's build tag after its number."""

    value: str
    """Module and function, such as ``team.hooks:build_tag``."""
    where: str = ""
    """Place of the setting, for errors."""
    variant: str = "cpu"
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings as JSON, by canonical name of the package."""
    _kept: dict[tuple[str, str, bool], str] = field(default_factory=dict, compare=False)

    def suffix(self, package: str, version: str, is_pure: bool) -> str:
        """Return the segments of one wheel, each after ``_``; an empty text if there are none.

        A wheel's tags are known only after its build. So the hook is asked here for a wheel of Python code alone, or
        for one for this platform: Fromager asks hooks to use the tags for no other decision.

        Args:
            package: canonical name.
            version: version of the package.
            is_pure: whether the wheel is for any platform.

        Raises:
            SettingsError: the hook can't be imported, failed, or returned something else than segments.
        """
        key = (package, version, is_pure)
        if key not in self._kept:
            self._kept[key] = "".join(f"_{one}" for one in self._segments(package, version, is_pure))
        return self._kept[key]

    def _segments(self, package: str, version: str, is_pure: bool) -> list[str]:
        what = f"{self.where}: build_tag_hook {self.value}"
        tags = _PURE if is_pure else frozenset({next(sys_tags())})
        try:
            found = named(self.value)(
                ctx=HostContext.of_settings(self.variant, self.settings).work_context(),
                req=Requirement(package),
                version=Version(version),
                wheel_tags=tags,
            )
            segments = list(found)
        except Exception as err:  # a plugin may raise any exception
            _log.debug("%s failed", what, exc_info=True)
            raise SettingsError(f"{what} failed for {package} {version}: {type(err).__name__}: {err}") from err
        if isinstance(found, str | bytes) or not all(isinstance(one, str) for one in segments):
            raise SettingsError(f"{what} returned {found!r} for {package} {version}, which is not a list of texts")
        odd = [one for one in segments if not _SEGMENT.fullmatch(one)]
        if odd:
            raise SettingsError(
                f"{what} returned {odd[0]!r} for {package} {version}: a segment has only letters, digits and dots"
            )
        return segments
