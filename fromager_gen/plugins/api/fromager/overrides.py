"""Call functions of plugins, and the names of their modules."""

import inspect
import logging
import typing

from packaging.utils import canonicalize_name

from fromager._missing import names_of

_log = logging.getLogger("fromager.overrides")


def invoke(fn: typing.Callable[..., typing.Any], **kwargs: typing.Any) -> typing.Any:
    """Call a function with those of the arguments that it takes."""
    taken = inspect.signature(fn).parameters
    for name in [name for name in kwargs if name not in taken]:
        _log.warning("%s.%s override does not take argument %s", fn.__module__, getattr(fn, "__name__", fn), name)
        del kwargs[name]
    return fn(**kwargs)


def pkgname_to_override_module(pkgname: str) -> str:
    """Return the name of a package as its override has it: canonical, with underscores."""
    return canonicalize_name(pkgname).replace("-", "_")


__getattr__ = names_of(__name__)
