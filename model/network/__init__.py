"""What the arithmetic does to the answers of networks."""
