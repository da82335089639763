"""The shell's door: the kulant command."""
