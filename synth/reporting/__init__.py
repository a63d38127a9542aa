"""The report of a format and that of an array: made, shown and kept."""
