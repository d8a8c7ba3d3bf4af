"""What runs for a stranger's file runs in a process of its own, with bounds."""
