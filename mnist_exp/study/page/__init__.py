"""report.html: what a study found, on one page that needs no other file."""
