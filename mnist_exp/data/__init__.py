"""The data sets: table, files, download, split, augmentation and the LightningDataModule."""
