"""The share of IPv6 in what logs, counters and flow exports have recorded."""
