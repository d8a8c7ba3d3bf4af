"""Scores of generated answers: exact match, ROUGE-L, executed SQL; and their intervals. No torch."""
