"""Networks that are trained here, with every matrix product in an arithmetic of choice."""
