"""Import of generators and style encoders saved by NVIDIA's SPADE code."""
