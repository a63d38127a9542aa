"""What can be measured: multipliers, units and arrays, and what each level compares."""
