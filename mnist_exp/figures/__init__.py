"""Pure functions: arrays in, a Figure out. They belong to no window and to no global list, so none has to be closed."""
