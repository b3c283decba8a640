"""Source archives: checked, unpacked and packed."""
