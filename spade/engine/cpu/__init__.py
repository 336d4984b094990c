"""The exact engine for CPUs: tables per label neighbourhood and fused convolution kernels."""
