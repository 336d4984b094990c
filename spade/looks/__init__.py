"""Looks: the styles of training photos that a checkpoint holds, and which of them a seed takes."""
