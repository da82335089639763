"""What to do about a late debt: facts, hard stops, expected value, ladders, proposals."""
