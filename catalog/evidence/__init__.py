"""What was measured or published: one record for each kind, the store that keeps it, its statistics."""
