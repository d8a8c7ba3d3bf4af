"""A short fine-tune on a person's data and what it promises."""
