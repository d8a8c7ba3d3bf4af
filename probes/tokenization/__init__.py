"""Tokenizers of every format in use, behind one interface and without torch."""
