"""Tokenizers of every format in use, behind one interface and without torch."""

from probes.tokenization.base import TextTokenizer
from probes.tokenization.load import load_tokenizer

__all__ = ["TextTokenizer", "load_tokenizer"]
