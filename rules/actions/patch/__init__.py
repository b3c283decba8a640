"""Patches: parsed as GNU patch does, and applied completely or not at all."""
