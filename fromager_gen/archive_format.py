"""The readers of archives. The actions use the same modules, so that the generator and the builds agree."""

from fromager_gen import bundle

bundle.add_actions()

from actions.archive.deb import copy_data  # noqa: E402 - needs the line above
from actions.archive.format import BoundedFile, LinkError, Links  # noqa: E402 - needs the line above

__all__ = ["BoundedFile", "LinkError", "Links", "copy_data"]
