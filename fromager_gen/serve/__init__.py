"""The wheel server: a package index over HTTP of the folder `simple` of a wheels-repo."""

from fromager_gen.serve.server import Server, link_wheels, make_server

__all__ = ["Server", "link_wheels", "make_server"]
