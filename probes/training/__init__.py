"""The inside of a trial: encode, load, attach, train, evaluate. Imports torch."""
