"""Gates, delay and energy of the designs, from mapped netlists."""
