"""The shapes of a model: counted, read from a configuration, written to one, and the bundled catalog."""
