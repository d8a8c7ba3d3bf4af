"""Chat templates, strangers' programs: a whole dialogue rendered, and where its answers lie in the text."""
