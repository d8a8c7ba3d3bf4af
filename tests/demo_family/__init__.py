"""How the bundled demo family was made: corpus, tokenizers, training, held-out score.

Not needed to use basefit. Run again with

    python -m tests.demo_family.train --data DIR --work DIR

See catalog/demo/README.md for the recipe, the sources and their licences.
"""
