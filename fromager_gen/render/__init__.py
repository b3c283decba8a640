"""Render a plan as the texts of a workspace, in memory."""

from fromager_gen.render.workspace import render

__all__ = ["render"]
