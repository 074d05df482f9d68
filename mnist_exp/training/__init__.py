"""Training one run: the LightningModule, the fast loop, callbacks, logging."""
