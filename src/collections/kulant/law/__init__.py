"""What the law allows, by country and date: interest, fees, compensation, notices, waits. Data and pure functions."""
