"""The OpenAPI files of the server."""
