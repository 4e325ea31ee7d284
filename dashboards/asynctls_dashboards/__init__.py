"""Pictures of asynctls databases: one module per plot, each with load() and plot()."""
