"""From a request to a job: read, check, store, enqueue."""
