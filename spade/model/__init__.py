"""What a model is: architecture, generator, style encoder, and the checkpoint that holds them."""
