"""Label maps, labels and colours: all that the API may import of `spade`; never loads torch."""
