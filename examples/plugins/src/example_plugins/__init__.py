"""Plugins of Fromager as an example."""
