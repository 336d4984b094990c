"""The service as discrete events: what the load test measures, computed."""
