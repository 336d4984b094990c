"""What `./start` and `./test` do: make the environment, run the parts, keep them running.

`bootstrap`, `errors` and `install` run before anything is installed, on the standard library only.
The rest runs inside `.venv`.
"""
