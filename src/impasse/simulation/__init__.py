"""The real engine on a virtual clock: replay of real disputes."""
