"""The OpenAPI document: what each handler says of itself, put together."""
