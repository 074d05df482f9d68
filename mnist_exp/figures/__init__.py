"""Pure functions: arrays in, a Figure out. The figures belong to no window, so that none has to be closed."""
