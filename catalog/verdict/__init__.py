"""From a request and its evidence to a verdict with reasons: pure functions."""
