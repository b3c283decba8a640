"""The pages of a package index, and what they state about each file."""
