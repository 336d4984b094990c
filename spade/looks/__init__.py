"""Looks are built here: which photos lend one, and what the model paints with each."""
