"""Source archives: read, judged, unpacked and packed."""
