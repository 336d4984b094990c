"""What `./start` and `./test` do: make the environment, run the parts, keep them running.

`bootstrap` and what it imports (`environment`, `pip`, `platforms`, `progress`, `pytorch`) run
before anything is installed, on the standard library only. The rest runs inside `.venv`.
"""
