"""The screen of a trial: data, race, forecast and answers."""
