"""A model really run at a level: its peak memory and its speed."""
