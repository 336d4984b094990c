"""The pix2pixHD generator (Wang et al., CVPR 2018, section 3.1), to compare SPADE with.

It meets the label map at its input alone, and instance norm washes away what a large region says:
what SPADE was made to mend. Parameter names and shapes are those of NVIDIA's SPADE code, whose
`--netG pix2pixhd` it is, so that its checkpoints load.
"""

from torch import Tensor, nn

from spade.model.architecture import Architecture
from spade.model.generator import PaintingNetwork
from spade.model.pyramid import LabelPyramid

FIRST_KERNEL = 7


class Pix2PixHD(PaintingNetwork):
    """Down, through residual blocks, and up again; no style, no noise."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__(architecture)
        width, padding = architecture.ngf, FIRST_KERNEL // 2
        layers: list[nn.Module] = [
            nn.ReflectionPad2d(padding),
            _normed(nn.Conv2d(architecture.semantic_nc, width, FIRST_KERNEL, bias=False)),
            nn.ReLU(),
        ]
        for _ in range(architecture.resnet_n_downsample):
            down = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1, bias=False)
            layers += [_normed(down), nn.ReLU()]
            width *= 2
        layers += [_ResidualBlock(width) for _ in range(architecture.resnet_n_blocks)]
        for _ in range(architecture.resnet_n_downsample):
            up = nn.ConvTranspose2d(
                width, width // 2, 3, stride=2, padding=1, output_padding=1, bias=False
            )
            layers += [_normed(up), nn.ReLU()]
            width //= 2
        layers += [nn.ReflectionPad2d(padding), nn.Conv2d(width, 3, FIRST_KERNEL), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(
        self,
        pyramid: LabelPyramid,
        size: tuple[int, int],
        z: Tensor | None,
        noise: list[Tensor] | None = None,
    ) -> Tensor:
        """Paint a picture of `size` (height, width), a multiple of the architecture's stride."""
        del z, noise  # it takes neither
        pictures: Tensor = self.model(pyramid.planes(size))
        return pictures


class _ResidualBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            _normed(nn.Conv2d(width, width, 3, bias=False)),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            _normed(nn.Conv2d(width, width, 3, bias=False)),
        )

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = self.conv_block(x)
        return x + changed


def _normed(convolution: nn.Conv2d | nn.ConvTranspose2d) -> nn.Sequential:
    return nn.Sequential(convolution, nn.InstanceNorm2d(convolution.out_channels))
