"""Fromager's plugins: overrides of packages, hooks, and the package `fromager` that both import."""

from fromager_gen.plugins.build_tag import BuildTagHook
from fromager_gen.plugins.hooks import Hooks, problems_of_hooks
from fromager_gen.plugins.host import HostContext, named
from fromager_gen.plugins.install import install_plugins
from fromager_gen.plugins.plugin import FUNCTIONS, PLUGIN_GROUP, Plugin, Plugins, owner, plugin_entries
from fromager_gen.plugins.sources import AskedIndex, Listed, Network, SourcePlugins

__all__ = [
    "FUNCTIONS",
    "PLUGIN_GROUP",
    "AskedIndex",
    "BuildTagHook",
    "Hooks",
    "HostContext",
    "Listed",
    "Network",
    "Plugin",
    "Plugins",
    "SourcePlugins",
    "install_plugins",
    "named",
    "owner",
    "plugin_entries",
    "problems_of_hooks",
]
