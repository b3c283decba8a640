"""How source archives are read: the actions' own module, so that the generator reads what a build will read."""

from fromager_gen import bundle

bundle.add_actions()

from actions.archive.format import BoundedFile, LinkError, Links  # noqa: E402 - only now can it be found

__all__ = ["BoundedFile", "LinkError", "Links"]
