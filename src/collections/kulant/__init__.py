"""Kulant: collects overdue invoices without losing the customer."""

__version__ = "0.1.0"
