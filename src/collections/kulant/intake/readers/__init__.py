"""One reader for each format that is no table: bytes in, typed records out, no database."""
