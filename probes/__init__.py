"""What measures: each probe runs alone, in a process of its own, with no screen."""
