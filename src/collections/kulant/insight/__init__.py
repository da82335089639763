"""Reads only: the overdue list and other views over all rooms."""
