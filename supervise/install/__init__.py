"""Make `.venv` current. Runs before anything is installed, on the standard library only."""
