"""What the file that `fromager_lock` writes loads; workspaces have no need of it."""

load("//rules/private:fetch.bzl", _declare_files = "declare_files")

declare_files = _declare_files
