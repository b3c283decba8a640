"""The only room that touches a workspace: changed files only, each whole, nothing of the user's lost."""

from fromager_gen.write.workspace import Changes, WorkspaceFiles, difference, write_workspace

__all__ = ["Changes", "WorkspaceFiles", "difference", "write_workspace"]
