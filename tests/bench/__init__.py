"""Benchmarks: ``make bench`` runs them and prints one table. Never part of pass or fail."""
