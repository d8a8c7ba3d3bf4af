"""Several models tried on the same data, the weaker ones ended early."""
