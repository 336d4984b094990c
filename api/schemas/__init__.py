"""What goes in and out of the API as JSON: pydantic models, read by the OpenAPI document too."""
