"""Helpers of several tests: example graphs, archives and sources, local servers, and runs of the program."""
