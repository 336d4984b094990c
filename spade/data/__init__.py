"""Photos and label maps on disk, as training and evaluation take them."""
