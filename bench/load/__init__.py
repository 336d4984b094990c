"""People who paint: what they wish and when, and a load of them over HTTP."""
