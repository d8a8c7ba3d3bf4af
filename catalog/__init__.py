"""What is known: facts, arithmetic, records, judgement. Standard library only."""
