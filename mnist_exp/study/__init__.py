"""What a finished sweep says; written as a whole by write.py."""
