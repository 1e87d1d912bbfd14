"""Comparison of algorithms: jobs, statistics, report."""
