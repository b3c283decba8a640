"""Vendor Rust crates: an action of its own does it after `prepare_source`."""

import logging
import pathlib

from packaging.requirements import Requirement

from fromager._missing import names_of

_log = logging.getLogger("fromager.vendor_rust")


def vendor_rust(req: Requirement, project_dir: pathlib.Path, *, shrink_vendored: bool = True) -> bool:
    """Do nothing, and return False: the crates of the source's Cargo.lock are laid out for the build in any case."""
    _log.info("%s: its crates are vendored by an action of their own", req.name)
    return False


__getattr__ = names_of(__name__)
