"""MNIST: its files (source), its split, its augmentation, and the LightningDataModule that serves it (module)."""
