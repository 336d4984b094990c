"""Photo in, label map out: the network that traces photos, and how it learns to."""
