"""The demo portfolio: a fictional wholesaler whose history is replayed through the real services."""
