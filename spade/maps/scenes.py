"""Kinds of scenes: what a label map shows most of all, as far as it decides which light suits it.

Few kinds and coarse limits, so that a doodle keeps its kind while it is painted on. Water is none
of its own: the styles of photos with water and without paint it alike.
"""

from spade.maps.labels import LabelSet
from spade.maps.signature import Signature, shares

# Materials by name, and the least share of a map with which it is such a scene; the first counts.
# Label sets that lack the names have one kind of scene.
SCENES: dict[str, tuple[frozenset[str], float]] = {
    "winter": (frozenset({"snow"}), 0.12),
}
ANY = "land"
KINDS = (*SCENES, ANY)


def scene_of(of: Signature, label_set: LabelSet) -> str:
    """Return the kind of scene, one of `KINDS`, of a label map with this signature `[D]`."""
    found = shares(of)
    for kind, (names, least) in SCENES.items():
        if found[[label.name in names for label in label_set.labels]].sum() >= least:
            return kind
    return ANY
