"""Libraries and programs outside of Python: find them, identify them, and explain that one is missing."""
