"""A person's dataset: read, recognised, checked and split. No torch, and no `datasets` for small files."""
