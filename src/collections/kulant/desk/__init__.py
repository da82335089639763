"""The desk: what the finance clerk sees all day."""
