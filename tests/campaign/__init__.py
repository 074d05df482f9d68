"""Long checks, run by hand; see README.md."""
