"""What a run directory holds, and folders of runs."""
