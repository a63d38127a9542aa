"""How wrong an answer is: errors of products and of sums."""
