"""Graphics cards, what they cost, and how fast they decode and train."""
