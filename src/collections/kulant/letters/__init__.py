"""What a document says, how it is drawn as PDF, and the archive of what was sent."""
