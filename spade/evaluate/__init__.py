"""How good are the pictures: distances to photos, agreement with the labels, diversity."""
