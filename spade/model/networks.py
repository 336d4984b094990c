"""The network that an architecture names."""

from spade.model.architecture import Architecture
from spade.model.generator import Generator, PaintingNetwork
from spade.model.pix2pixhd import Pix2PixHD


def build_network(architecture: Architecture) -> PaintingNetwork:
    """Return what paints in this architecture, with random weights."""
    return Pix2PixHD(architecture) if architecture.net == "pix2pixhd" else Generator(architecture)
