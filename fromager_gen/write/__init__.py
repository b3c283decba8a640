"""The only package that writes to a workspace: it writes changed files, each completely, and keeps the user's files."""

from fromager_gen.write.workspace import STATE, Changes, WorkspaceFiles, difference, write_workspace

__all__ = ["STATE", "Changes", "WorkspaceFiles", "difference", "write_workspace"]
