"""Import of generators and style encoders saved by the public reference implementation."""
