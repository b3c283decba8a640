"""Loaded by the file that `fromager_lock` writes. Workspaces do not load it directly."""

load("//rules/private:fetch.bzl", _declare_files = "declare_files")

declare_files = _declare_files
