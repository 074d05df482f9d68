"""Many runs: planned, launched, watched as they finish."""
