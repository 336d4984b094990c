"""Everything that wants a GPU, in one run that can be cut and goes on: see `bench/gpu_check`."""
