"""Faults that a caller must tell apart without loading PyTorch."""


class DeviceLostError(RuntimeError):
    """The device answers no more; only a new process can use it again."""
