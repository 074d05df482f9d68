"""Many runs: planned, launched, and reported as they finish."""
