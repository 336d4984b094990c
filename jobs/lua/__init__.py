"""What Redis runs for the ledger, atomically: one script a call, and how they are loaded."""
