"""CUDA out of the wheels of a package index."""
