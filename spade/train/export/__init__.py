"""From a run to a checkpoint that paints."""
