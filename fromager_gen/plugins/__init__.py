"""Fromager's plugins: hooks of installed distributions, and the package `fromager` that they import."""

from fromager_gen.plugins.hooks import HookContext, Hooks

__all__ = ["HookContext", "Hooks"]
