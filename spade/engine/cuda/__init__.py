"""The exact engine for NVIDIA GPUs: the CPU engine's ideas as whole-batch tensor operations."""
