"""Learning algorithms: their records, settings, models and devices."""
