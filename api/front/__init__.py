"""What stands between the network and Flask: whole requests in, and waits that hold no thread."""
