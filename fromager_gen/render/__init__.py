"""Render a plan as the texts of a workspace, in memory."""

from fromager_gen.render.remote_rc import EXECUTOR, REMOTE_RC, SERVER, RemoteServer, property_lines, remote_rc
from fromager_gen.render.workspace import render

__all__ = ["EXECUTOR", "REMOTE_RC", "SERVER", "RemoteServer", "property_lines", "remote_rc", "render"]
