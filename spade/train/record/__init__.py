"""What a run keeps and tells while it goes, and when it ends."""
