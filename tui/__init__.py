"""What a person sees: the app, the commands, the words in English and Chinese."""
