"""The app's screens: each owns its logic; what they share hangs on the app."""
