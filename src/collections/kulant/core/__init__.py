"""Words everything else is said in: money, calendar, errors, events. No I/O, imports nothing of ours."""
