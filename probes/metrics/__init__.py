"""Scores of generated answers: exact match, ROUGE-L, executed SQL. No torch."""
