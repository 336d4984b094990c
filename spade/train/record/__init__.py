"""What a run keeps and tells while it goes: states, figures, pictures, its best weights."""
