"""Build collections of Python wheels from source with Bazel."""
