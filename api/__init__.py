"""The HTTP service: doodles in, jobs and pictures out. Importing the package has no effect."""
