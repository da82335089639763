"""The background door: the worker that carries approved letters out."""
