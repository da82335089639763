"""Shared machinery of the web doors: templates, security headers, what a route may ask for."""
