"""How a label map's outlines fray: depth, thickness, and what the two decide pixel by pixel."""
