"""What this machine is: cards, memory, rates, disk, and how much a process took."""
