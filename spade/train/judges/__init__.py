"""What painted pictures are judged by: discriminators, what they are shown, and the losses."""
