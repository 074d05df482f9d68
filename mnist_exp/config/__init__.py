"""The configuration: its schema, its checks, composing it."""
