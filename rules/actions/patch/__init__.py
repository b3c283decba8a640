"""Patches: read as GNU patch reads them, applied all or none."""
