"""The addresses of the gateway, one module per resource."""
