"""Tables, statistics, plots and pages made from the records of many runs; write.py writes them all."""
