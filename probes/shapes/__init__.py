"""The shapes of any configuration that transformers knows, counted on its own class without its weights."""
