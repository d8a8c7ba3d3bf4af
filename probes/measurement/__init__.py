"""One measurement from question to verdict, for the app and the commands alike."""
