"""Fourth stage: a plan as the files of a workspace, in memory."""

from fromager_gen.render.workspace import Tree, render

__all__ = ["Tree", "render"]
