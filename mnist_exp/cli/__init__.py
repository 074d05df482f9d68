"""The command: its subcommands, its help and its tab completion."""
