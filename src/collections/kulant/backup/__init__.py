"""Backup and restore: one file with every row and every document, which either database can be made from again."""
