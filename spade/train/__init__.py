"""Training a SPADE generator: data, losses, the loop and its state."""
