"""One page with trained networks in it: draw a digit, and see what each activation's network answers and why."""
