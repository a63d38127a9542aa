"""What designs are measured on: operand streams, and how they are fed to units."""
