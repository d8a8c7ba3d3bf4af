"""A stored run as a report: gathered, composed into blocks in a language, written as Markdown or HTML."""
