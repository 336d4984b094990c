"""What a generator looks like: the numbers from which its layers follow."""

from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Any, Literal

# Of every leaky ReLU: the generator's, the style encoder's and the discriminators'.
SLOPE = 0.2
UpsamplingLayers = Literal["normal", "more", "most"]
# SPADE's generator, or the one it is compared with, which has no style and no noise.
Net = Literal["spade", "pix2pixhd"]
NETS: tuple[Net, ...] = ("spade", "pix2pixhd")
PIX2PIXHD_ALONE = ("net", "resnet_n_downsample", "resnet_n_blocks")
UPSAMPLINGS: dict[UpsamplingLayers, int] = {"normal": 5, "more": 6, "most": 7}


@dataclass(frozen=True)
class Architecture:
    """Options of a generator, named as in NVIDIA's SPADE code, where `net` is `--netG`.

    label_nc: labels without the don't-care label.
    contain_dontcare: one more input channel for unlabelled pixels.
    instance_edges: one more input channel that is 1 on the borders between instances.
    ngf: width of the last block; the first has 16 times as many channels.
    z_dim: length of the style vector, used only with `use_vae`.
    use_vae: the first feature map comes from a style vector instead of the label map.
    noise: each block adds per-pixel noise; not in NVIDIA's.
    crop_size: native width in pixels.
    aspect_ratio: native width divided by native height.
    resnet_n_downsample, resnet_n_blocks: of pix2pixHD alone: halvings, and blocks between.
    """

    label_nc: int
    contain_dontcare: bool = True
    instance_edges: bool = False
    ngf: int = 64
    z_dim: int = 256
    use_vae: bool = False
    noise: bool = False
    num_upsampling_layers: UpsamplingLayers = "normal"
    crop_size: int = 256
    aspect_ratio: float = 1.0
    net: Net = "spade"
    resnet_n_downsample: int = 4
    resnet_n_blocks: int = 9

    @property
    def label_channels(self) -> int:
        """Input channels that stand for labels."""
        return self.label_nc + int(self.contain_dontcare)

    @property
    def semantic_nc(self) -> int:
        """All input channels: labels and, where used, instance edges."""
        return self.label_channels + int(self.instance_edges)

    @property
    def stride(self) -> int:
        """Pixels of the picture per cell of the smallest feature map, along one axis."""
        if self.net == "pix2pixhd":
            return 1 << self.resnet_n_downsample
        return 1 << UPSAMPLINGS[self.num_upsampling_layers]

    @property
    def native_size(self) -> tuple[int, int]:
        """Picture size (height, width) that the generator was made for."""
        rows, columns = self.seed_size
        return rows * self.stride, columns * self.stride

    @property
    def seed_size(self) -> tuple[int, int]:
        """Size (height, width) of the first feature map at the native picture size."""
        columns = self.crop_size // self.stride
        return round(columns / self.aspect_ratio), columns

    def cells(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the (height, width) of the smallest feature map, for a picture of `size`."""
        return size[0] // self.stride, size[1] // self.stride

    def block_sizes(self, size: tuple[int, int]) -> list[tuple[int, int]]:
        """Return the (height, width) that each block works at, for a picture of `size`.

        With a VAE the first block works at most at the native size: far from any border, where it
        never was, it makes colours of its own of many styles. Its output is enlarged to `cells`.
        """
        layers = self.num_upsampling_layers
        doublings = [0, 1, 0 if layers == "normal" else 1, 1, 1, 1, 1]
        if layers == "most":
            doublings.append(1)
        scales = [1 << total for total in accumulate(doublings)]
        rows, columns = self.cells(size)
        sizes = [(rows * scale, columns * scale) for scale in scales]
        if self.use_vae:
            native = self.seed_size
            sizes[0] = min(rows, native[0]), min(columns, native[1])
        return sizes

    def to_json(self) -> dict[str, Any]:
        """Return the options as plain JSON values; those of pix2pixHD only where it is one."""
        values = asdict(self)
        if self.net == "spade":
            for name in PIX2PIXHD_ALONE:
                del values[name]
        return values
