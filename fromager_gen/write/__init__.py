"""Fifth stage: the only one that touches a workspace."""

from fromager_gen.write.workspace import Changes, difference, write_workspace

__all__ = ["Changes", "difference", "write_workspace"]
