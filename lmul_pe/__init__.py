"""L-Mul and conventional floating-point processing elements: model, hardware, checks and cost."""
