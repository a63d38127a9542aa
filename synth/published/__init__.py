"""What others print, what the paper claims, and the judgement of both."""
