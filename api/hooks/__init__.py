"""What happens around every request: who may ask, how often, and what is recorded."""
