"""Every level of a model scored from one reading of its weights."""
