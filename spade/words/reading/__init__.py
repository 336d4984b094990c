"""From a sentence to a wish: the table of words, and the order in which they stand."""
