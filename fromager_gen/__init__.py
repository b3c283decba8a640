"""Build collections of Python wheels from source with Bazel."""

__all__ = ["__version__"]

__version__ = "0.1.0"
