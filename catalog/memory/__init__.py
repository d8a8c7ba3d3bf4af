"""How many bytes a model takes in use: the itemised estimate and its correction by what was measured."""
