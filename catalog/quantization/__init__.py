"""Quantization levels and the bytes that a matrix takes in each."""
