"""Wheels: checks, reproducible packing and installation."""
