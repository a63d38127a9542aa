"""Cell libraries: what their cells compute, cost and how fast they are."""
