"""What arrays cost in the system around them: memory, and pipelines of several."""
