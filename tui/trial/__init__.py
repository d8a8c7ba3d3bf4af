"""The Trial screen's parts: what is asked, the race, votes, forecasts, and a pane for each."""
