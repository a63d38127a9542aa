"""What an array costs with the memory around it."""
