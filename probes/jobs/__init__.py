"""The protocol under every probe: jobs, their events, and the processes that run them."""
