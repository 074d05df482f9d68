"""What a run directory holds: its record, identity, files and checkpoint; directories of many runs."""
