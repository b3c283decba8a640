"""Fourth stage: a plan as the files of a workspace, in memory."""

from fromager_gen.render.workspace import Rules, Tree, render

__all__ = ["Rules", "Tree", "render"]
