"""Who paints: the register of living workers, how fast they are, and what that means for a job."""
