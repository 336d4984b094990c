"""What `./start` and `./test` do: make the environment, run the parts, keep them running.

`bootstrap`, `environment`, `pytorch`, `progress` and `platforms` run before anything is installed, so they
import the standard library only. The rest runs inside `.venv`.
"""
