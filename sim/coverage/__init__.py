"""What a regression has met: situations counted while it runs, and those that it must meet."""
