"""Wheels: checked, packed again the same way each time, and laid out as installed files."""
